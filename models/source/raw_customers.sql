{{
    config(
        materialized="view" if source_kind() == "parquet" else "table",
        post_hook="{{ keep_malformed_lines() }}",
    )
}}

{%- do check_settings() %}
-- Column names are the bank's, so they cannot be listed here.
select * {{ without_kept_out() }} -- noqa: AM04
from {{ read_source() if execute else "(select 1 as unread)" }}
{{ "limit 0" if flags.EMPTY }}
