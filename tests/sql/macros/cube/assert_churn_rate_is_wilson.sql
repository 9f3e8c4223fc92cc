-- Expected values from statsmodels' proportion_confint(method="wilson").
{{ config(tags=["code"]) }}
with cases as (
    select * from (
        values
        (1820, 10000, 0.182, 0.17456016, 0.18968406),
        (1, 1, 1.0, 0.20654931, 1.0),
        (0, 40, 0.0, 0.0, 0.08762160),
        (13, 2295, 0.00566449, 0.00331338, 0.00966770),
        (5, 5, 1.0, 0.56551754, 1.0)
    ) as literals (churned, customers, expected_rate, expected_low, expected_high)
),

computed as (
    select
        *,
        {{ churn_rate("churned", "customers") }}
    from cases
)

select *
from computed
where
    abs(churn_rate - expected_rate) > 0.00000001
    or abs(churn_rate_low - expected_low) > 0.00000001
    or abs(churn_rate_high - expected_high) > 0.00000001
