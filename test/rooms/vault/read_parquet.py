"""Rows of the Parquet file named on standard input as JSON, read by Apache Arrow; instants as text with microseconds."""
import json
import sys
import pyarrow.parquet as parquet

table = parquet.read_table(json.load(sys.stdin))
instant = lambda value: value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if hasattr(value, "strftime") else value
rows = [{name: instant(value) for name, value in row.items()} for row in table.to_pylist()]
print(json.dumps({"types": {field.name: str(field.type) for field in table.schema}, "rows": rows}))
