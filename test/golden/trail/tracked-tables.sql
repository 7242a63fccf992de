/* audit.tables */ select "audit"."tracked_table"."table_key", "audit"."tracked_table"."table_name", "audit"."tracked_table"."entity_type", to_jsonb("audit"."tracked_table"."key_columns") as key_columns, "audit"."tracked_table"."entity_key_column",
    "audit"."tracked_table"."tenant_column", to_jsonb("audit"."tracked_table"."ignored_columns") as ignored_columns, to_jsonb("audit"."tracked_table"."masked_columns") as masked_columns,
    to_jsonb("audit"."tracked_table"."personal_columns") as personal_columns, to_jsonb("audit"."tracked_table"."reason_required_columns") as reason_required_columns, "audit"."tracked_table"."status_column",
    "audit"."tracked_table"."transitions", "audit"."tracked_table"."truncate_policy", "audit"."tracked_table"."schema_version", "audit"."tracked_table"."tracked_since", "audit"."tracked_table"."untracked_at" from "audit"."tracked_table" where ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $1) order by "audit"."tracked_table"."table_name"
-- ["demo"]

/* audit.tables.entryCount */ select "audit"."shown_entry"."table_key", count(*) as count from "audit"."shown_entry"
    where "audit"."shown_entry"."tenant" = $1 and "audit"."shown_entry"."table_key" = any($2::text::int[]) group by "audit"."shown_entry"."table_key"
-- ["demo","{...}"]

/* audit.tables.isCapturing */ select "audit"."tracked_table"."table_key", audit.is_capturing("audit"."tracked_table"."table_key") as capturing from "audit"."tracked_table"
    where ("audit"."tracked_table"."tenant" is null or "audit"."tracked_table"."tenant" = $1) and "audit"."tracked_table"."table_key" = any($2::text::int[])
-- ["demo","{...}"]
