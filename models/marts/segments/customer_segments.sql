{{ config(materialized="view") }}

select
    customer_id,
    segment_id
from {{ ref('int_customer_segments') }}
order by customer_id, segment_id
