-- Work on many rows as one batch: its opening, an event per item, and its end share a run id, under which all of it is found again.
-- Everything an event does not say is the transaction's: audit.begin says who.

create schema if not exists shop_hooks;

-- BATCH_START, ORDER_CONFIRMED for each, BATCH_END.
create or replace function shop_hooks.confirm_order_batch(proposals jsonb) returns text language plpgsql as $$
declare
  run text := audit.start_run(format('Confirm %s orders', jsonb_array_length(proposals)));
  proposal jsonb;
begin
  for proposal in select jsonb_array_elements(proposals) loop
    -- ... make the order ...
    perform audit.log_event('ORDER_CONFIRMED', format('Order %s: %s units', proposal ->> 'order', proposal ->> 'units'), proposal ->> 'sku', run_id => run);
  end loop;
  perform audit.finish_run(run);
  return run;
end
$$;

-- RECEIPT_START, RECEIPT_CLOSED for each, RECEIPT_END.
create or replace function shop_hooks.close_receipt(document_id text, items jsonb) returns text language plpgsql as $$
declare
  run text := audit.start_run(format('Document %s', document_id), event_prefix => 'RECEIPT');
  item jsonb;
begin
  for item in select jsonb_array_elements(items) loop
    perform audit.log_event('RECEIPT_CLOSED', format('Received %s units from document %s', item ->> 'qty', document_id), item ->> 'sku', run_id => run);
  end loop;
  perform audit.finish_run(run);
  return run;
end
$$;

-- BULK_UPDATE_START, SKU_UPDATED for each, BULK_UPDATE_END.
create or replace function shop_hooks.on_bulk_update_safety_stock(skus text[], safety_stock integer) returns text language plpgsql as $$
declare
  run text := audit.start_run(format('Update safety stock to %s for %s SKUs', safety_stock, cardinality(skus)), event_prefix => 'BULK_UPDATE');
  one text;
begin
  foreach one in array skus loop
    perform audit.log_event('SKU_UPDATED', format('Safety stock: %s', safety_stock), one, run_id => run);
  end loop;
  perform audit.finish_run(run);
  return run;
end
$$;
