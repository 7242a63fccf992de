/* audit.finishRun */ select audit.finish_run(run_id => $1, status => $2, details => $3::text::jsonb)::text as done
-- ["run_20260301_120000_0000aaaa","FAILED",null]

rollback to savepoint mutation

savepoint mutation

select set_config('app.tenant', $1, true), set_config('audit.actor', $2, true), set_config('audit.role', $3, true), set_config('audit.request_id', $4, true)
-- ["demo","developer","ADMIN","golden"]
