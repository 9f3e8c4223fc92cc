-- Clusters are looked up by the number of a cell; a wrong number would be another cell's cluster.
{{ config(tags=["code"]) }}
select
    customers.customer_id,
    customers.cluster_id,
    cells.cluster_id as cluster_of_cell
from {{ ref('int_customers_clustered') }} as customers
left join {{ ref('int_clustered_cells') }} as cells
    on
        {{ same_cluster_cell("customers", "cells") }}
where customers.cluster_id is distinct from cells.cluster_id
