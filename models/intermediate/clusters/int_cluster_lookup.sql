-- depends_on: {{ ref('int_bands') }}
{%- set counts = band_counts(var("cluster_attributes")) %}
{%- set cells = cell_count(counts) %}
with numbered_cells as (
    select
        cells.cluster_id,
        {{ cell_number(counts, "cells") }} as cell_number
    from {{ ref('int_clustered_cells') }} as cells
),

cell_numbers as (
    select unnest(range({{ cells }})) as cell_number
    where {{ cells }} <= {{ var("max_lookup_cells") }}
)

select list(cast(numbered_cells.cluster_id as integer) order by cell_numbers.cell_number) as cluster_ids
from cell_numbers
left join numbered_cells
    on cell_numbers.cell_number = numbered_cells.cell_number
