-- Every pair of attributes splits all customers; associations and effects within strata would be wrong
-- otherwise.
select
    associations.attribute_a,
    associations.attribute_b,
    associations.customers
from {{ ref('int_attribute_associations') }} as associations
cross join {{ ref('churn_overview') }} as overview
where associations.customers <> overview.customers
