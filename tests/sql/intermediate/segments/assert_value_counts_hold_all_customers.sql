-- Of each attribute every customer is counted once: at a step, at a value, or among the missing.
with counts as (
    select * from {{ ref('int_value_counts') }}
),

customers as (
    select
        count(*) as customers,
        count(*) filter (where has_churned) as churned
    from {{ ref('int_customers_accepted') }}
)

select
    counts.attribute,
    sum(counts.discovery_customers + counts.confirmation_customers) as counted,
    customers.customers,
    count(*) as places,
    count(distinct coalesce(cast(counts.step as varchar), counts.value, '')) as different_places
from counts
cross join customers
group by
    counts.attribute,
    customers.customers,
    customers.churned
having
    sum(counts.discovery_customers + counts.confirmation_customers) <> customers.customers
    or sum(counts.discovery_churned + counts.confirmation_churned) <> customers.churned
    or count(*) <> count(distinct coalesce(cast(counts.step as varchar), counts.value, ''))
