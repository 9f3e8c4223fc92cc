with segments as (
    select * from {{ ref('int_risk_segments') }}
    where search_rank is not null
),

counts as (
    select * from {{ ref('int_segment_counts') }}
),

evidence as (
    select * from {{ ref('int_segment_evidence') }}
),

robustness as (
    select * from {{ ref('int_segment_robustness') }}
),

overview as (
    select * from {{ ref('churn_overview') }}
),

both_halves as (
    select
        segment_id,
        cast(sum(customers) as bigint) as customers,
        cast(sum(churned) as bigint) as churned,
        cast(sum(primary_customers) as bigint) as primary_customers,
        cast(sum(primary_churned) as bigint) as primary_churned,
        cast(sum(balance_at_risk) as double) as balance_at_risk
    from counts
    group by segment_id
),

halves as (
    select
        counts.segment_id,
        counts.fold,
        counts.customers,
        {{ churn_rate("counts.churned", "counts.customers") }},
        {{ null_if_nan("evidence.p_value") }} as p_value,
        {{ null_if_nan("evidence.p_value_holm") }} as p_value_holm,
        evidence.is_confirmed
    from counts
    inner join evidence
        on
            counts.segment_id = evidence.segment_id
            and counts.fold = evidence.fold
)

select
    segments.segment_id,
    segments.name,
    segments.name_ru,
    segments.rule,
    segments.rule_ru,
    segments.rule_sql,
    segments.origin,
    segments.direction,
    both_halves.customers,
    both_halves.churned,
    {{ churn_rate("both_halves.churned", "both_halves.customers") }},
    {{ lift("both_halves.churned", "both_halves.customers", "overview.churned", "overview.customers") }} as lift,
    case
        when overview.churned > 0 then cast(both_halves.churned as double) / overview.churned
    end as share_of_churn,
    both_halves.primary_customers,
    both_halves.primary_churned,
    case
        when overview.churned > 0
            then
                cast(sum(both_halves.primary_churned) over (order by segments.search_rank) as double)
                / overview.churned
    end as cumulative_share_of_churn,
    discovery.customers as discovery_customers,
    discovery.churn_rate as discovery_churn_rate,
    discovery.p_value as discovery_p_value,
    discovery.p_value_holm as discovery_p_value_holm,
    confirmation.customers as confirmation_customers,
    confirmation.churn_rate as confirmation_churn_rate,
    confirmation.churn_rate_low as confirmation_churn_rate_low,
    confirmation.churn_rate_high as confirmation_churn_rate_high,
    confirmation.p_value as confirmation_p_value,
    confirmation.p_value_holm as confirmation_p_value_holm,
    {{ shrinkage("segments.direction", "discovery.churn_rate", "confirmation.churn_rate") }} as shrinkage,
    coalesce(confirmation.is_confirmed, false) as is_confirmed,
    {{ null_if_nan("robustness.stability") }} as stability,
    {{ null_if_nan("robustness.search_p_value") }} as search_p_value,
    (both_halves.customers - both_halves.churned) * confirmation.churn_rate as expected_churners,
    both_halves.balance_at_risk,
    both_halves.balance_at_risk * confirmation.churn_rate as expected_lost_balance,
    cast(segments.search_rank as integer) as rank
from segments
inner join both_halves
    on segments.segment_id = both_halves.segment_id
left join halves as discovery
    on
        segments.segment_id = discovery.segment_id
        and discovery.fold = 'discovery'
left join halves as confirmation
    on
        segments.segment_id = confirmation.segment_id
        and confirmation.fold = 'confirmation'
left join robustness
    on segments.segment_id = robustness.segment_id
cross join overview
order by segments.search_rank
