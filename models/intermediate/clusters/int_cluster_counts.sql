{%- set counted = [] -%}
{%- for attribute in attributes() if attribute.type in ["number", "integer", "boolean"] -%}
    {%- do counted.append(attribute) -%}
{%- endfor -%}
with cube_cells as (
    select * from {{ ref('int_churn_cube') }}
),

cells as (
    select * from {{ ref('int_clustered_cells') }}
),

-- The number of the band of those who say yes.
yes as (
    select
        {%- for attribute in counted if attribute.type == "boolean" %}
        max(band_order) filter (where attribute = '{{ attribute.name }}' and value = 'yes') as {{ attribute.name }}_yes,
        {%- endfor %}
        count(*) as bands
    from {{ ref('int_bands') }}
)

-- A cluster is made of cells, so their sums say all: sizes, churn and means.
select
    cast(cells.cluster_id as integer) as cluster_id,
    {%- for attribute in counted %}
    {%- set band_order = "cube_cells." ~ attribute.name ~ "_band_order" %}
    coalesce(cast(sum(cube_cells.customers) filter (where {{ band_order }} > 0) as bigint), 0)
        as {{ attribute.name }}_count,
    {%- if attribute.type == "boolean" %}
    cast(sum(cube_cells.customers) filter (where {{ band_order }} = yes.{{ attribute.name }}_yes) as decimal(38, 4))
    {%- else %}
    cast(sum(cube_cells.{{ attribute.name }}_sum) as decimal(38, 4))
    {%- endif %} as {{ attribute.name }}_sum,
    {%- endfor %}
    cast(sum(cube_cells.customers) as bigint) as customers,
    cast(sum(cube_cells.churned) as bigint) as churned
from cube_cells
inner join cells
    on
        {{ same_cluster_cell("cube_cells", "cells") }}
cross join yes
group by cells.cluster_id
order by cells.cluster_id
