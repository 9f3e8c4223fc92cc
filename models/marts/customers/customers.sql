{{ config(materialized="view" if target.type == "duckdb" else "table") }}

-- depends_on: {{ ref('int_risk_segments') }}
with customers as (
    select * from {{ ref('int_customers_clustered') }}
),

names as (
    {{ band_names() }}
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
    {{ element("names." ~ attribute.name ~ "_names", "customers." ~ attribute.name ~ "_band_order + 1") }}
        as {{ attribute.name }}_band,
    {%- endfor %}
    {%- for attribute in var("absent_attributes") %}
    cast(null as string) as {{ attribute.name }}_band,
    {%- endfor %}
    -- The first segment by rank that the customer belongs to.
    {{ primary_segment() }} as primary_segment_id,
    customers.cluster_id
from customers
cross join names
