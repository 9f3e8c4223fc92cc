{{ config(materialized="view") }}

select
    customer_id,
    cluster_id
from {{ ref('int_customers_clustered') }}
