with patterns as (
    select * from {{ ref('int_segment_patterns') }}
),

segments as (
    select * from {{ ref('risk_segments') }}
),

members as (
    select
        patterns.pattern,
        patterns.customers,
        patterns.churned,
        segments.segment_id
    from patterns
    inner join segments
        on patterns.is_in[segments.rank]
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
