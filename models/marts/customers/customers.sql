{{ config(materialized="view") }}

-- depends_on: {{ ref('int_risk_segments') }}
with customers as (
    select * from {{ ref('int_customers_banded') }}
),

bands as (
    select * from {{ ref('int_bands') }}
),

customer_clusters as (
    select * from {{ ref('customer_clusters') }}
)

select
    customers.customer_id,
    customers.user_id,
    customers.city,
    customers.gender,
    cast(customers.age as double) as age,
    cast(customers.credit_score as double) as credit_score,
    customers.equity_points,
    cast(customers.balance as double) as balance,
    customers.product_count,
    customers.has_credit_card,
    customers.is_active,
    cast(customers.estimated_income as double) as estimated_income,
    {%- for attribute in attributes() if attribute.name in extra_columns() %}
    {{ "cast(customers." ~ attribute.name ~ " as double)" if attribute.type == "number" else "customers." ~ attribute.name }}
        as {{ attribute.name }},
    {%- endfor %}
    customers.has_churned,
    {%- for attribute in attributes() %}
    {{ attribute.name }}_bands.band as {{ attribute.name }}_band,
    {%- endfor %}
    {%- for attribute in var("absent_attributes") %}
    cast(null as varchar) as {{ attribute.name }}_band,
    {%- endfor %}
    -- The first segment by rank that the customer belongs to.
    {{ primary_segment() }} as primary_segment_id,
    customer_clusters.cluster_id
from customers
left join customer_clusters
    on customers.customer_id = customer_clusters.customer_id
{%- for attribute in attributes() %}
left join bands as {{ attribute.name }}_bands
    on
        {{ attribute.name }}_bands.attribute = '{{ attribute.name }}'
        and {{ attribute.name }}_bands.band_order = customers.{{ attribute.name }}_band_order
{%- endfor %}
order by customers.customer_id
