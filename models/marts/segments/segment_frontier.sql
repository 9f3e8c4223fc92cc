with found as (
    select * from {{ ref('int_risk_segments') }}
    where frontier_order is not null
),

overview as (
    select * from {{ ref('churn_overview') }}
),

counted as (
    select
        *,
        discovery_customers + confirmation_customers as customers,
        discovery_churned + confirmation_churned as churned
    from found
),

rated as (
    select
        *,
        {{ churn_rate("discovery_churned", "discovery_customers", prefix="discovery_") }},
        {{ churn_rate("confirmation_churned", "confirmation_customers") }}
    from counted
)

select
    rated.direction,
    cast(rated.frontier_order as integer) as frontier_order,
    rated.segment_id,
    rated.name,
    rated.name_ru,
    rated.rule,
    rated.rule_ru,
    rated.rule_sql,
    rated.customers,
    rated.churned,
    case when rated.customers > 0 then cast(rated.churned as double) / rated.customers end as pooled_churn_rate,
    rated.churn_rate,
    rated.churn_rate_low,
    rated.churn_rate_high,
    case
        when overview.customers > 0 then cast(rated.customers as double) / overview.customers
    end as share_of_customers,
    rated.discovery_customers,
    rated.discovery_churn_rate,
    rated.confirmation_customers,
    cast(rated.confirmation_churned as bigint) as confirmation_churned,
    {{ shrinkage("rated.direction", "rated.discovery_churn_rate", "rated.churn_rate") }} as shrinkage,
    rated.search_rank is not null as is_listed
from rated
cross join overview
order by rated.direction, rated.frontier_order
