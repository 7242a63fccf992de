-- role: login
-- The shop is captured like any other table.
select audit.track('commerce.users', entity_type => 'USER', entity_key_column => 'key', personal_columns => array['email', 'display_name']);
select audit.track('commerce.customers', entity_type => 'CUSTOMER', entity_key_column => 'key', personal_columns => array['email', 'name', 'phone']);
select audit.track('commerce.products', entity_type => 'PRODUCT', entity_key_column => 'sku', reason_required_columns => array['price'],
  column_groups => '[["price", "currency"]]');
select audit.track('commerce.orders', entity_type => 'ORDER', entity_key_column => 'number', status_column => 'status',
  personal_columns => array['shipping_name', 'shipping_address'],
  column_groups => '[["subtotal", "currency"], ["shipping_amount", "currency"], ["total", "currency"]]',
  transitions => '[{"from": "PENDING", "to": "CONFIRMED"}, {"from": "PENDING", "to": "CANCELLED"}, {"from": "CONFIRMED", "to": "PROCESSING"},
    {"from": "CONFIRMED", "to": "CANCELLED"}, {"from": "PROCESSING", "to": "SHIPPED"}, {"from": "PROCESSING", "to": "CANCELLED"},
    {"from": "SHIPPED", "to": "DELIVERED"}, {"from": "DELIVERED", "to": "REFUNDED"}]');
select audit.track('commerce.order_items', entity_type => 'ORDER_ITEM', entity_key_column => 'key', status_column => 'status',
  column_groups => '[["unit_price", "currency"], ["line_total", "currency"]]',
  transitions => '[{"from": "ORDERED", "to": "CANCELLED"}, {"from": "ORDERED", "to": "REFUNDED"}]');
select audit.track('commerce.payments', entity_type => 'PAYMENT', entity_key_column => 'key', status_column => 'status',
  column_groups => '[["amount", "currency"]]',
  transitions => '[{"from": "PENDING", "to": "AUTHORIZED"}, {"from": "PENDING", "to": "FAILED"}, {"from": "AUTHORIZED", "to": "SETTLED"},
    {"from": "AUTHORIZED", "to": "FAILED"}, {"from": "PENDING", "to": "SETTLED"}, {"from": "SETTLED", "to": "REFUNDED"}]');
