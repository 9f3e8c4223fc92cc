-- Where do the missing balances sit, and do such customers leave?
-- On the bank's real table: 2,295 customers have no balance; 2,180 of them have no equity points and
-- 1,950 use one product. They leave at 0.57%, the others at 23.45%: the balance is missing for a reason.
with customers as (
    select * from {{ ref('customers') }}
)

select
    balance is null as is_balance_missing,
    equity_points = 0 as has_no_equity,
    product_count_band,
    count(*) as customers,
    count(*) filter (where has_churned) as churned,
    avg(cast(has_churned as integer)) as churn_rate
from customers
group by
    balance is null,
    equity_points = 0,
    product_count_band
order by
    is_balance_missing desc,
    customers desc
