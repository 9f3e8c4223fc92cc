{%- set clustered = [] -%}
{%- for attribute in attributes() if attribute.name in var("cluster_attributes") -%}
    {%- do clustered.append(attribute) -%}
{%- endfor -%}
with cube_cells as (
    select * from {{ ref('int_churn_cube') }}
)

-- The cube without the attributes that do not take part in clustering; one cell where none does.
select
    {%- for attribute in clustered %}
    cast({{ attribute.name }}_band_order as usmallint) as {{ attribute.name }}_band_order,
    {%- endfor %}
    {%- for attribute in clustered if attribute.kind == "ordered" %}
    cast(sum({{ attribute.name }}_sum) as double) as {{ attribute.name }}_sum,
    {%- endfor %}
    cast(sum(customers) as bigint) as customers
from cube_cells
group by all
having sum(customers) > 0
order by all
