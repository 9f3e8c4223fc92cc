-- depends_on: {{ ref('int_risk_segments') }}
with segments as (
    select * from {{ ref('int_risk_segments') }}
    where search_rank is not null
),

members as (
    select * from {{ ref('int_customer_segments') }}
),

customers as (
    select * from {{ ref('int_customers_accepted') }}
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

member_counts as (
    select
        segment_id,
        fold,
        count(*) as customers,
        count(*) filter (where has_churned) as churned,
        -- An overdraft is no balance to lose.
        sum(greatest(balance, 0)) filter (where not has_churned) as balance_at_risk
    from members
    group by
        segment_id,
        fold
),

-- Every customer once, in the first segment by rank.
primary_counts as (
    select
        {{ primary_segment() }} as segment_id,
        fold,
        count(*) as customers,
        count(*) filter (where has_churned) as churned
    from customers
    group by all
)

select
    segments.segment_id,
    segments.search_rank,
    segments.direction,
    folds.fold,
    cast(folds.fold_customers as bigint) as fold_customers,
    cast(folds.fold_churned as bigint) as fold_churned,
    coalesce(member_counts.customers, 0) as customers,
    coalesce(member_counts.churned, 0) as churned,
    coalesce(primary_counts.customers, 0) as primary_customers,
    coalesce(primary_counts.churned, 0) as primary_churned,
    {%- if "balance" in attributes() | map(attribute="name") %}
    coalesce(cast(member_counts.balance_at_risk as decimal(38, 4)), 0) as balance_at_risk
    {%- else %}
    cast(null as decimal(38, 4)) as balance_at_risk
    {%- endif %}
from segments
cross join folds
left join member_counts
    on
        segments.segment_id = member_counts.segment_id
        and folds.fold = member_counts.fold
left join primary_counts
    on
        segments.segment_id = primary_counts.segment_id
        and folds.fold = primary_counts.fold
order by segments.search_rank, folds.fold
