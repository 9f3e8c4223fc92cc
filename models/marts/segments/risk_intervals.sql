with intervals as (
    select
        *,
        discovery_customers + confirmation_customers as customers,
        discovery_churned + confirmation_churned as churned
    from {{ ref('int_risk_intervals') }}
)

select
    attribute,
    direction,
    value_kind,
    {{ null_if_nan("lower_bound") }} as lower_bound,
    {{ null_if_nan("upper_bound") }} as upper_bound,
    nullif(value, '') as value,
    name,
    name_ru,
    rule_sql,
    cast(customers as bigint) as customers,
    cast(churned as bigint) as churned,
    case when customers > 0 then cast(churned as double) / customers end as pooled_churn_rate,
    {{ churn_rate("confirmation_churned", "confirmation_customers") }},
    {{ lift("confirmation_churned", "confirmation_customers", "fold_churned", "fold_customers") }} as lift,
    {{ proportion("confirmation_churned", "fold_churned", "share_of_churn") }},
    cast(discovery_customers as bigint) as discovery_customers,
    case when discovery_customers > 0 then cast(discovery_churned as double) / discovery_customers end
        as discovery_churn_rate,
    cast(confirmation_customers as bigint) as confirmation_customers,
    cast(confirmation_churned as bigint) as confirmation_churned,
    {{ null_if_nan("p_value") }} as p_value,
    {{ null_if_nan("p_value_holm") }} as p_value_holm,
    is_confirmed,
    cast(interval_rank as integer) as rank
from intervals
order by interval_rank
