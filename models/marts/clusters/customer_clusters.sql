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
        {%- set band_order = attribute.name ~ "_band_order" %}
        {{ "and " if not loop.first }}customers.{{ band_order }} = cells.{{ band_order }}
        {%- endfor %}
order by customers.customer_id
