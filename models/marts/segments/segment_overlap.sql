-- depends_on: {{ ref('int_risk_segments') }}
{%- set rules = segment_rules() %}
with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

segments as (
    select * from {{ ref('risk_segments') }}
),

-- One scan: customers in the same segments are counted together, so that pairs need no join of customers.
patterns as (
    select
        {%- for segment in rules %}
        coalesce({{ segment.rule_sql }}, false) as in_{{ loop.index }},
        {%- endfor %}
        count(*) as customers,
        count(*) filter (where has_churned) as churned
    from customers
    group by all
),

numbered as (
    select
        *,
        row_number() over () as pattern
    from patterns
),

members as (
    {%- for segment in rules %}
    select
        pattern,
        {{ sql_text(segment.segment_id) }} as segment_id,
        customers,
        churned
    from numbered
    where in_{{ loop.index }}
    union all
    {%- endfor %}
    select
        pattern,
        cast(null as varchar) as segment_id,
        customers,
        churned
    from numbered
    where false
),

shared as (
    select
        one.segment_id,
        other.segment_id as other_segment_id,
        cast(sum(one.customers) as bigint) as shared_customers,
        cast(sum(one.churned) as bigint) as shared_churned
    from members as one
    inner join members as other
        on
            one.pattern = other.pattern
            and one.segment_id <> other.segment_id
    group by
        one.segment_id,
        other.segment_id
)

select
    one.segment_id,
    other.segment_id as other_segment_id,
    coalesce(shared.shared_customers, 0) as shared_customers,
    coalesce(shared.shared_churned, 0) as shared_churned,
    case
        when one.customers > 0 then cast(coalesce(shared.shared_customers, 0) as double) / one.customers
    end as share_of_segment,
    case
        when one.customers + other.customers > 0
            then
                cast(coalesce(shared.shared_customers, 0) as double)
                / (one.customers + other.customers - coalesce(shared.shared_customers, 0))
    end as jaccard
from segments as one
inner join segments as other
    on one.segment_id <> other.segment_id
left join shared
    on
        one.segment_id = shared.segment_id
        and other.segment_id = shared.other_segment_id
order by one.rank, other.rank
