with totals as (
    select
        coalesce(sum(customers), 0) as customers,
        coalesce(sum(churned), 0) as churned
    from {{ ref('int_churn_cube') }}
)

select
    cast(customers as bigint) as customers,
    cast(churned as bigint) as churned,
    {{ churn_rate("churned", "customers") }}
from totals
