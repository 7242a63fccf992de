-- psql -v ON_ERROR_STOP=1 -f psql.sql: the settings live as long as the transaction, so begin comes first.
begin;
select audit.begin(actor => 'ann', reason => 'Spring promotion', reason_code => 'PROMOTION', tenant => 'demo');
update toy set price = 9.99 where name = 'kite';
commit;
