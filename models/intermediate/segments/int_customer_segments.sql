{{ config(materialized="view") }}

-- depends_on: {{ ref('int_risk_segments') }}
{%- set segments = segment_rules() %}
with customers as (
    select * from {{ ref('int_customers_accepted') }}
)

-- The rules themselves decide, so that a segment is exactly what its rule_sql selects.
{% for segment in segments %}
select
    customer_id,
    {{ sql_text(segment.segment_id) }} as segment_id,
    fold,
    has_churned,
    balance
from customers
where {{ segment.rule_sql }}
union all
{% endfor %}
select
    customer_id,
    cast(null as string) as segment_id,
    fold,
    has_churned,
    balance
from customers
where false
