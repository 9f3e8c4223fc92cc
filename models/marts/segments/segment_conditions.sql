with segments as (
    select * from {{ ref('int_risk_segments') }}
    where search_rank is not null
),

segment_counts as (
    select * from {{ ref('int_segment_counts') }}
    where fold = 'confirmation'
),

condition_counts as (
    select * from {{ ref('int_segment_condition_counts') }}
),

-- A small bank may have nobody in the half.
counts as (
    select
        condition_counts.*,
        coalesce(segment_counts.customers, 0) as customers,
        coalesce(segment_counts.churned, 0) as churned
    from condition_counts
    left join segment_counts
        on condition_counts.segment_id = segment_counts.segment_id
),

tested as (
    select * from {{ ref('int_segment_conditions') }}
)

select
    counts.segment_id,
    counts.condition_number,
    counts.condition,
    counts.condition_ru,
    counts.condition_sql,
    counts.customers,
    counts.churned,
    {{ churn_rate("counts.churned", "counts.customers") }},
    counts.others_customers,
    counts.others_churned,
    {{ churn_rate("counts.others_churned", "counts.others_customers", prefix="others_") }},
    {{ null_if_nan("tested.p_value") }} as p_value,
    {{ null_if_nan("tested.p_value_holm") }} as p_value_holm,
    tested.holds
from counts
inner join segments
    on counts.segment_id = segments.segment_id
inner join tested
    on
        counts.segment_id = tested.segment_id
        and counts.condition_number = tested.condition_number
order by segments.search_rank, counts.condition_number
