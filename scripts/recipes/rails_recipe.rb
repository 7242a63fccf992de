# Rails: wrap what a controller or a job writes. DATABASE_URL names the database.
require 'active_record'

module Audited
  # Audited.as(actor: current_user.key, reason: params[:reason]) { product.update!(price: 9.99) }
  def self.as(actor:, reason: nil, reason_code: nil, tenant: nil)
    ActiveRecord::Base.transaction(requires_new: false) do
      connection = ActiveRecord::Base.connection
      connection.exec_query('select audit.begin(actor => $1, reason => $2, reason_code => $3, tenant => $4)::text', 'audit.begin',
                            [actor, reason, reason_code, tenant])
      yield
    end
  end
end

if __FILE__ == $PROGRAM_NAME
  ActiveRecord::Base.establish_connection(ENV.fetch('DATABASE_URL'))
  class Toy < ActiveRecord::Base
    self.table_name = 'toy'
    self.primary_key = 'name'
  end
  Audited.as(actor: 'ann', reason: 'Spring promotion', reason_code: 'PROMOTION', tenant: 'demo') { Toy.find('kite').update!(price: 9.99) }
end
