-- Every pair of attributes splits all customers; effects within strata would be wrong otherwise.
select
    pairs.attribute,
    pairs.stratum_attribute,
    sum(pairs.customers) as customers
from {{ ref('int_attribute_pairs') }} as pairs
cross join {{ ref('churn_overview') }} as overview
group by
    pairs.attribute,
    pairs.stratum_attribute,
    overview.customers,
    overview.churned
having
    sum(pairs.customers) <> overview.customers
    or sum(pairs.churned) <> overview.churned
