-- depends_on: {{ ref('int_risk_segments') }}
-- depends_on: {{ ref('int_customers_accepted') }}
{%- set conditions = segment_conditions() %}
{% if conditions -%}
with customers as (
    select * from {{ ref('int_customers_accepted') }}
    where fold = 'confirmation'
),

-- One scan counts who meets all other conditions of a rule, and not this one.
counted as (
    select
        {%- for one in conditions %}
        count(*) filter (where {{ one.others }} and ({{ one.condition.sql }}) is not true) as others_{{ loop.index }},
        count(*) filter (
            where {{ one.others }} and ({{ one.condition.sql }}) is not true and has_churned
        ) as churned_others_{{ loop.index }}
        {{- "," if not loop.last }}
        {%- endfor %}
    from customers
)
{% for one in conditions %}
select
    {{ sql_text(one.segment_id) }} as segment_id,
    {{ one.number }} as condition_number,
    {{ sql_text(one.condition.rule) }} as condition,
    {{ sql_text(one.condition.rule_ru) }} as condition_ru,
    {{ sql_text(one.condition.sql) }} as condition_sql,
    others_{{ loop.index }} as others_customers,
    churned_others_{{ loop.index }} as others_churned
from counted
union all
{%- endfor %}
{% endif -%}
{{ no_rows({
    "segment_id": "varchar", "condition_number": "integer", "condition": "varchar", "condition_ru": "varchar",
    "condition_sql": "varchar", "others_customers": "bigint", "others_churned": "bigint",
}) }}
