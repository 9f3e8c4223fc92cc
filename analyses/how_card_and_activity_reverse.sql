-- How do the effects of card and activity reverse with the number of products?
-- On the bank's real table: with up to 3 products a card goes with less churn (11.7% against 24.7%),
-- with 4 or more with more (71.3% against 42.4%). Activity is the other way round: 21.9% against 9.6%
-- below, 55.0% against 91.2% above. The pooled effects hide the few who leave most.
with customers as (
    select * from {{ ref('customers') }}
),

effects as (
    select
        'has_credit_card' as attribute,
        has_credit_card as has_it,
        case when product_count >= 4 then '4 or more products' else 'up to 3 products' end as stratum,
        has_churned
    from customers
    union all
    select
        'is_active' as attribute,
        is_active as has_it,
        case when product_count >= 4 then '4 or more products' else 'up to 3 products' end as stratum,
        has_churned
    from customers
)

select
    attribute,
    stratum,
    avg(cast(has_churned as integer)) filter (where has_it) as churn_rate_with,
    avg(cast(has_churned as integer)) filter (where not has_it) as churn_rate_without
from effects
group by
    attribute,
    stratum
order by
    attribute,
    stratum
