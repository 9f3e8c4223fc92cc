with segments as (
    select * from {{ ref('int_risk_segments') }}
    where search_rank is not null
),

patterns as (
    select * from {{ ref('int_segment_patterns') }}
),

cube_cells as (
    select * from {{ ref('int_churn_cube') }}
),

folds as (
    select
        fold,
        sum(customers) as fold_customers,
        sum(churned) as fold_churned
    from cube_cells
    group by fold
),

memberships as (
    select
        patterns.fold,
        patterns.customers,
        patterns.churned,
        patterns.balance_still_here,
        patterns.largest_balance,
        places.search_rank,
        -- Every customer once, in the first segment by rank.
        list_position(patterns.is_in, true) = places.search_rank as is_primary
    from patterns
    cross join unnest(range(1, len(patterns.is_in) + 1)) as places (search_rank)
    where patterns.is_in[places.search_rank]
),

counts as (
    select
        search_rank,
        fold,
        sum(customers) as customers,
        sum(churned) as churned,
        sum(customers) filter (where is_primary) as primary_customers,
        sum(churned) filter (where is_primary) as primary_churned,
        sum(balance_still_here) as balance_still_here,
        max(largest_balance) as largest_balance
    from memberships
    group by
        search_rank,
        fold
)

select
    segments.segment_id,
    segments.search_rank,
    segments.origin,
    segments.direction,
    folds.fold,
    cast(folds.fold_customers as bigint) as fold_customers,
    cast(folds.fold_churned as bigint) as fold_churned,
    cast(coalesce(counts.customers, 0) as bigint) as customers,
    cast(coalesce(counts.churned, 0) as bigint) as churned,
    cast(coalesce(counts.primary_customers, 0) as bigint) as primary_customers,
    cast(coalesce(counts.primary_churned, 0) as bigint) as primary_churned,
    {%- if "balance" in attributes() | map(attribute="name") %}
    coalesce(cast(counts.balance_still_here as decimal(38, 4)), 0) as balance_still_here,
    counts.largest_balance
    {%- else %}
    cast(null as decimal(38, 4)) as balance_still_here,
    cast(null as decimal(38, 4)) as largest_balance
    {%- endif %}
from segments
cross join folds
left join counts
    on
        segments.search_rank = counts.search_rank
        and folds.fold = counts.fold
order by segments.search_rank, folds.fold
