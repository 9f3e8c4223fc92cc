-- Every attribute splits all customers: a band that lost some would bend every rate.
select
    churn_rates.attribute,
    sum(churn_rates.customers) as customers,
    sum(churn_rates.churned) as churned
from {{ ref('churn_rates') }} as churn_rates
cross join {{ ref('churn_overview') }} as overview
group by
    churn_rates.attribute,
    overview.customers,
    overview.churned
having
    sum(churn_rates.customers) <> overview.customers
    or sum(churn_rates.churned) <> overview.churned
