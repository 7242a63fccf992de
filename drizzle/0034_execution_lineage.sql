-- Lineage finds tracked operations by their run, and by who ran them; by the transaction that wrote their record already (0025).
create index idx_script_execution_s_run on script_tracking.script_execution_s (run_id) where run_id is not null and load_end_date is null;
-- CASE, because under row level security the planner takes coalesce for a leak, and would not use the index.
create index idx_script_execution_s_agent on script_tracking.script_execution_s (tenant_hk, (case when actor is null then db_session_user else actor end), execution_timestamp)
  where load_end_date is null;
