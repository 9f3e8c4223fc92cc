-- depends_on: {{ ref('int_risk_segments') }}
-- depends_on: {{ ref('int_recommendations') }}
{%- set rules = segment_rules() | map(attribute="rule_sql") | list %}
{%- set conditions = recommendations() %}
with customers as (
    select * from {{ ref('int_customers_still_here') }}
),

-- One scan: customers who agree in every rule and every condition are counted together.
patterns as (
    select
        [
            true
            {%- for rule in rules %},
            coalesce({{ rule }}, false)
            {%- endfor %}
        ] as meets_rules,
        [
            true
            {%- for condition in conditions %},
            coalesce({{ condition }}, false)
            {%- endfor %}
        ] as meets_conditions,
        count(*) as customers
    from customers
    group by all
),

-- Number 0 stands for all customers, and for any condition.
numbered as (
    select
        cast(segment_numbers.segment_number - 1 as integer) as search_rank,
        cast(action_numbers.action_number - 1 as integer) as catalogue_order,
        patterns.customers
    from patterns
    cross join unnest(range(1, {{ rules | length + 2 }})) as segment_numbers (segment_number)
    cross join unnest(range(1, {{ conditions | length + 2 }})) as action_numbers (action_number)
    where
        patterns.meets_rules[segment_numbers.segment_number]
        and patterns.meets_conditions[action_numbers.action_number]
)

select
    search_rank,
    catalogue_order,
    cast(sum(customers) as bigint) as customers
from numbered
group by
    search_rank,
    catalogue_order
order by
    search_rank,
    catalogue_order
