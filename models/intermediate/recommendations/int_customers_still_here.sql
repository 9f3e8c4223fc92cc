{{ config(materialized="view") }}

with customers as (
    select * from {{ ref('int_customers_accepted') }}
    where not has_churned
),

quantiles as (
    select * from {{ ref('int_attribute_quantiles') }}
),

-- One row: what is high for this bank, and what is usual.
thresholds as (
    select
        {%- for attribute in attributes("ordered") %}
        {%- for prefix, probability in {"high": var("high_quantile"), "median": 0.5}.items() %}
        max(value) filter (where attribute = '{{ attribute.name }}' and probability = {{ probability }})
            as {{ prefix }}_{{ attribute.name }},
        {%- endfor %}
        {%- endfor %}
        count(*) as quantiles
    from quantiles
)

select
    customers.customer_id,
    customers.user_id,
    {%- for attribute in attributes("ordered") %}
    thresholds.high_{{ attribute.name }},
    thresholds.median_{{ attribute.name }},
    {%- endfor %}
    {%- for attribute in attributes(absent=true) %}
    customers.{{ attribute.name }}
    {{- "," if not loop.last }}
    {%- endfor %}
from customers
cross join thresholds
