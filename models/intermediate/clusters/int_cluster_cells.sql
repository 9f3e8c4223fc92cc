with cube_cells as (
    select * from {{ ref('int_churn_cube') }}
)

-- The cube without the attributes that do not take part in clustering; one cell where none does.
select
    {%- for attribute in clustered_attributes() %}
    cast({{ attribute.name }}_band_order as usmallint) as {{ attribute.name }}_band_order,
    {%- endfor %}
    {%- for attribute in clustered_attributes() if attribute.kind == "ordered" %}
    cast(sum({{ attribute.name }}_sum) as double) as {{ attribute.name }}_sum,
    {%- endfor %}
    cast(sum(customers) as bigint) as customers
from cube_cells
group by all
having sum(customers) > 0
order by all
