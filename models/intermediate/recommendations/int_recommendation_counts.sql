-- depends_on: {{ ref('int_risk_segments') }}
-- depends_on: {{ ref('int_recommendations') }}
{%- set rules = segment_rules() | map(attribute="rule_sql") | list %}
{%- set meant = recommendations() %}
{#- Number 0 stands for all customers, and for any condition. #}
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

numbered as (
    {%- for rule in range(rules | length + 1) %}
    {%- set outer_loop = loop %}
    {%- for action in range(meant | length + 1) %}
    select
        {{ rule }} as search_rank,
        {{ action }} as catalogue_order,
        sum(customers) filter (
            where {{ is_met(rule) }} and {{ is_met(rules | length + action if action else 0) }}
        ) as customers
    from patterns
    {{ "union all" if not (loop.last and outer_loop.last) }}
    {%- endfor %}
    {%- endfor %}
)

select
    search_rank,
    catalogue_order,
    cast(customers as bigint) as customers
from numbered
where customers is not null
order by
    search_rank,
    catalogue_order
