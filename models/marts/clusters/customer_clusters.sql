{{ config(materialized="view") }}

with customers as (
    select * from {{ ref('int_customers_banded') }}
),

cells as (
    select * from {{ ref('int_clustered_cells') }}
)

select
    customers.customer_id,
    cast(cells.cluster_id as integer) as cluster_id
from customers
inner join cells
    on
        {%- for attribute in attributes() if attribute.name in var("cluster_attributes") %}
        {{ "and " if not loop.first }}customers.{{ attribute.name }}_band_order = cells.{{ attribute.name }}_band_order
        {%- endfor %}
