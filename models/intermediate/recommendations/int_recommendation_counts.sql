-- depends_on: {{ ref('int_risk_segments') }}
-- depends_on: {{ ref('int_recommendations') }}
{%- set rules = segment_rules() | map(attribute="rule_sql") | list %}
{%- set meant = recommendations() %}
{%- set conditions = ["true"] + rules + meant %}
with customers as (
    select * from {{ ref('int_customers_still_here') }}
),

marked as (
    select
        {{ condition_words(conditions) }}
    from customers
),

-- One scan: customers who agree in every rule and every condition are counted together.
patterns as (
    select
        {{ word_names(conditions) }},
        count(*) as customers
    from marked
    group by all
),

-- What is met as lists, number 0 first, which stands for all customers and for any condition.
listed as (
    select
        [
            {%- for rule in range(rules | length + 1) %}
            {{ is_met(rule) }}{{ "," if not loop.last }}
            {%- endfor %}
        ] as meets_rules,
        [
            {{ is_met(0) }}
            {%- for action in range(meant | length) %},
            {{ is_met(rules | length + 1 + action) }}
            {%- endfor %}
        ] as meets_conditions,
        customers
    from patterns
),

numbered as (
    select
        cast(segment_numbers.segment_number - 1 as integer) as search_rank,
        cast(action_numbers.action_number - 1 as integer) as catalogue_order,
        listed.customers
    from listed
    cross join unnest(range(1, {{ rules | length + 2 }})) as segment_numbers (segment_number)
    cross join unnest(range(1, {{ meant | length + 2 }})) as action_numbers (action_number)
    where
        listed.meets_rules[segment_numbers.segment_number]
        and listed.meets_conditions[action_numbers.action_number]
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
