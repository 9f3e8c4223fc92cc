-- No customers have no rate: zero would say that nobody leaves.
{{ config(tags=["code"]) }}
with computed as (
    select {{ churn_rate("churned", "customers") }}
    from (values (0, 0)) as literals (churned, customers)
)

select *
from computed
where
    churn_rate is not null
    or churn_rate_low is not null
    or churn_rate_high is not null
