{{ config(materialized="view" if target.type == "duckdb" else "table") }}

select
    customer_id,
    segment_id
from {{ ref('int_customer_segments') }}
