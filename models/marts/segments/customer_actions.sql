{{ config(materialized="view" if target.type == "duckdb" else "table") }}

-- depends_on: {{ ref('segment_recommendations') }}
with recommendations as (
    select * from {{ found_by_search('segment_recommendations') }}
),

segments as (
    select * from {{ found_by_search('risk_segments') }}
),

members as (
    select
        customer_segments.segment_id,
        customers.*
    from {{ ref('customer_segments') }} as customer_segments
    inner join {{ ref('customers') }} as customers
        on customer_segments.customer_id = customers.customer_id
    where not customers.has_churned
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
inner join recommendations
    on members.segment_id = recommendations.segment_id
inner join segments
    on members.segment_id = segments.segment_id
where
    -- For whom each action is meant.
    case recommendations.action_id
        {%- for action in recommended_actions() %}
        when {{ sql_text(action.action_id) }} then {{ action.condition }}
        {%- endfor %}
        when '' then false
    end
order by
    members.customer_id,
    priority
