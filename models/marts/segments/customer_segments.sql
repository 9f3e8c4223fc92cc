{{ config(materialized="view") }}

select
    customer_id,
    segment_id
from {{ ref('int_customer_segments') }}
