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

priorities as (
    select * from {{ ref('int_segment_priorities') }}
),

both_halves as (
    select
        segment_id,
        cast(sum(customers) as bigint) as customers,
        cast(sum(churned) as bigint) as churned,
        cast(sum(primary_customers) as bigint) as primary_customers,
        cast(sum(primary_churned) as bigint) as primary_churned,
        cast(sum(customers) - sum(churned) as bigint) as still_here,
        cast(sum(balance_still_here) as double) as balance_still_here,
        cast(max(largest_balance) as double) as largest_balance
    from counts
    group by segment_id
),

halves as (
    select
        counts.*,
        {{ churn_rate("counts.churned", "counts.customers") }},
        evidence.lift_low,
        evidence.lift_high,
        evidence.overall_p_value,
        evidence.overall_p_value_holm,
        evidence.minimum_lift,
        evidence.lift_p_value,
        evidence.lift_p_value_holm,
        evidence.is_confirmed
    from counts
    inner join evidence
        on
            counts.segment_id = evidence.segment_id
            and counts.fold = evidence.fold
),

discovery as (
    select * from halves
    where fold = 'discovery'
),

-- What people decide by comes from the half that the search has not seen.
confirmation as (
    select
        *,
        {{ lift("churned", "customers", "fold_churned", "fold_customers") }} as lift,
        {{ proportion("churned", "fold_churned", "share_of_churn") }},
        case
            when fold_churned > 0 then cast(primary_churned as double) / fold_churned
        end as primary_share_of_churn,
        case
            when fold_churned > 0
                then cast(sum(primary_churned) over (order by search_rank) as double) / fold_churned
        end as cumulative_share_of_churn
    from halves
    where fold = 'confirmation'
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
    case
        when both_halves.customers > 0 then cast(both_halves.churned as double) / both_halves.customers
    end as pooled_churn_rate,
    confirmation.churn_rate,
    confirmation.churn_rate_low,
    confirmation.churn_rate_high,
    confirmation.lift,
    {{ null_if_nan("confirmation.lift_low") }} as lift_low,
    {{ null_if_nan("confirmation.lift_high") }} as lift_high,
    confirmation.share_of_churn,
    confirmation.share_of_churn_low,
    confirmation.share_of_churn_high,
    both_halves.primary_customers,
    both_halves.primary_churned,
    confirmation.primary_share_of_churn,
    confirmation.cumulative_share_of_churn,
    coalesce(discovery.customers, 0) as discovery_customers,
    discovery.churn_rate as discovery_churn_rate,
    {{ null_if_nan("discovery.overall_p_value") }} as discovery_p_value,
    {{ null_if_nan("discovery.overall_p_value_holm") }} as discovery_p_value_holm,
    coalesce(confirmation.customers, 0) as confirmation_customers,
    coalesce(confirmation.churned, 0) as confirmation_churned,
    {{ null_if_nan("confirmation.overall_p_value") }} as overall_p_value,
    {{ null_if_nan("confirmation.overall_p_value_holm") }} as overall_p_value_holm,
    confirmation.minimum_lift,
    {{ null_if_nan("confirmation.lift_p_value") }} as lift_p_value,
    {{ null_if_nan("confirmation.lift_p_value_holm") }} as lift_p_value_holm,
    {{ shrinkage("segments.direction", "discovery.churn_rate", "confirmation.churn_rate") }} as shrinkage,
    coalesce(confirmation.is_confirmed, false) as is_confirmed,
    {{ null_if_nan("robustness.stability") }} as stability,
    {{ null_if_nan("robustness.stability_low") }} as stability_low,
    {{ null_if_nan("robustness.stability_high") }} as stability_high,
    {{ stability_note(
        "robustness.stability", "coalesce(confirmation.is_confirmed, false)", "robustness.similar_segment", "en"
    ) }} as stability_note,
    {{ stability_note(
        "robustness.stability", "coalesce(confirmation.is_confirmed, false)", "robustness.similar_segment_ru", "ru"
    ) }} as stability_note_ru,
    nullif(robustness.similar_segment, '') as similar_segment,
    nullif(robustness.similar_segment_ru, '') as similar_segment_ru,
    {{ null_if_nan("robustness.similar_segment_share") }} as similar_segment_share,
    {{ null_if_nan("robustness.search_p_value") }} as search_p_value,
    both_halves.still_here,
    both_halves.balance_still_here,
    -- If those who are still here leave at the rate that the testing half had.
    both_halves.still_here * confirmation.churn_rate as impact,
    both_halves.still_here * confirmation.churn_rate_low as impact_low,
    both_halves.still_here * confirmation.churn_rate_high as impact_high,
    both_halves.balance_still_here * confirmation.churn_rate as impact_balance,
    case
        when both_halves.balance_still_here > 0 then both_halves.largest_balance / both_halves.balance_still_here
    end as largest_balance_share,
    cast({{ null_if_nan("priorities.priority") }} as integer) as priority,
    cast({{ null_if_nan("priorities.still_here_once") }} as bigint) as still_here_once,
    {{ null_if_nan("priorities.impact_once") }} as impact_once,
    priorities.priority_note,
    priorities.priority_note_ru,
    cast(segments.search_rank as integer) as rank
from segments
inner join both_halves
    on segments.segment_id = both_halves.segment_id
left join discovery
    on segments.segment_id = discovery.segment_id
left join confirmation
    on segments.segment_id = confirmation.segment_id
left join priorities
    on segments.segment_id = priorities.segment_id
left join robustness
    on segments.segment_id = robustness.segment_id
order by segments.search_rank
