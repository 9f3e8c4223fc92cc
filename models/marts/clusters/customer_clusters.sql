{{ config(materialized="view" if target.type == "duckdb" else "table") }}

select
    customer_id,
    cluster_id
from {{ ref('customers') }}
