-- The cube stands for the customers; joining labels to it must neither lose nor repeat a cell.
with cube_totals as (
    select
        coalesce(sum(customers), 0) as customers,
        coalesce(sum(churned), 0) as churned
    from {{ ref('churn_cube') }}
),

listed as (
    select count(*) as customers
    from {{ ref('customers') }}
)

select
    overview.customers,
    overview.churned,
    cube_totals.customers as cube_customers,
    cube_totals.churned as cube_churned,
    listed.customers as listed_customers
from {{ ref('churn_overview') }} as overview
cross join cube_totals
cross join listed
where
    overview.customers <> cube_totals.customers
    or overview.churned <> cube_totals.churned
    or overview.customers <> listed.customers
