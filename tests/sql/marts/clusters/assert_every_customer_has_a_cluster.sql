-- Clusters split the customers, by cells; one without would be missing from every cluster figure.
with assigned as (
    select coalesce(sum(cube_cells.customers), 0) as customers
    from {{ ref('int_churn_cube') }} as cube_cells
    inner join {{ ref('int_clustered_cells') }} as cells
        on
            {{ same_cluster_cell("cube_cells", "cells") }}
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
