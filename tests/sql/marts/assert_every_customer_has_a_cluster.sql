-- Clusters split the customers; one without would be missing from every cluster figure.
with assigned as (
    select count(cluster_id) as customers
    from {{ ref('customer_clusters') }}
),

cluster_totals as (
    select coalesce(sum(customers), 0) as customers
    from {{ ref('clusters') }}
)

select
    overview.customers,
    assigned.customers as assigned_customers,
    cluster_totals.customers as cluster_customers
from {{ ref('churn_overview') }} as overview
cross join assigned
cross join cluster_totals
where
    overview.customers <> assigned.customers
    or overview.customers <> cluster_totals.customers
