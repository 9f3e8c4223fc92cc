-- depends_on: {{ ref('int_cluster_cells') }}
{%- set digits = cell_digits() %}
{%- set cells = cell_count(digits) %}
{%- if cells > var("max_lookup_cells") %}
-- Too many combinations for a list: customers are joined with the cells that occur.
select cast([] as usmallint[]) as cluster_ids
{%- else %}
with numbered_cells as (
    select
        -- Small, as the engine copies the list for each vector of customers.
        cast(cells.cluster_id as usmallint) as cluster_id,
        {{ cell_number(digits, "cells") }} as cell_number
    from {{ ref('int_clustered_cells') }} as cells
),

-- The list begins with number 0, whether it is a cell or not.
starts as (
    select
        cluster_id,
        cell_number
    from numbered_cells
    union all
    select
        null as cluster_id,
        0 as cell_number
    where 0 not in (select numbered_cells.cell_number from numbered_cells)
),

-- From one cell to the next: its cluster, and nothing for the numbers between that no customer has.
runs as (
    select
        cell_number,
        list_resize([cluster_id], lead(cell_number, 1, {{ cells }}) over (order by cell_number) - cell_number) as run
    from starts
)

select flatten(list(run order by cell_number)) as cluster_ids
from runs
{%- endif %}
