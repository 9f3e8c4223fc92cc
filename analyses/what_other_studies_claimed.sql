-- Do the rates hold that earlier studies claimed?
-- On the bank's real table they do: men with 5 or more equity points 41.3% of 1,123, a score from 820 with a
-- balance from 300 thousand 31.5% of 4,027, men with 2 or more products 31.6% of 3,198. They are of groups
-- chosen by looking at these customers; risk_segments has rates of customers whom no search has seen.
with customers as (
    select * from {{ ref('customers') }}
),

claims as (
    select
        'men with 5 or more equity points' as claim,
        has_churned
    from customers
    where gender = 'male' and equity_points >= 5
    union all
    select
        'score from 820 and balance from 300 thousand' as claim,
        has_churned
    from customers
    where credit_score >= 820 and balance >= 300000
    union all
    select
        'men with 2 or more products' as claim,
        has_churned
    from customers
    where gender = 'male' and product_count >= 2
)

select
    claim,
    count(*) as customers,
    {{ churn_rate("count(*) filter (where has_churned)", "count(*)") }}
from claims
group by claim
order by claim
