{{ config(materialized="view" if target.type == "duckdb" else "table") }}

-- depends_on: {{ ref('segment_recommendations') }}
{%- set actions = recommended_actions() %}
with recommendations as (
    select * from {{ found_by_search('segment_recommendations') }}
),

segments as (
    select * from {{ found_by_search('risk_segments') }}
),

-- For whom each action is meant; nothing else is in the scope of the conditions.
meant as (
    select
        {%- for action in actions %}
        {{ action.condition }} as meant_{{ loop.index }},
        {%- endfor %}
        customer_id
    from {{ ref('customers') }}
    where not has_churned
),

members as (
    select * from {{ ref('customer_segments') }}
)

select
    members.customer_id,
    members.segment_id,
    recommendations.action_id,
    cast(row_number() over (
        partition by members.customer_id
        order by
            segments.priority asc nulls last,
            segments.rank asc,
            recommendations.priority asc
    ) as bigint) as priority
from members
inner join meant
    on members.customer_id = meant.customer_id
inner join recommendations
    on members.segment_id = recommendations.segment_id
inner join segments
    on members.segment_id = segments.segment_id
where
    case recommendations.action_id
        {%- for action in actions %}
        when {{ sql_text(action.action_id) }} then meant.meant_{{ loop.index }}
        {%- endfor %}
        when '' then false
    end
order by
    members.customer_id,
    priority
