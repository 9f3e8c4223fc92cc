with cube_cells as (
    select * from {{ ref('int_churn_cube') }}
)

{%- if attributes() | length < 2 %}
{{ no_rows({
    "attribute": "string", "band_order": "integer", "stratum_attribute": "string",
    "stratum_band_order": "integer", "customers": "bigint", "churned": "bigint",
    "attribute_sum": "decimal(38, 4)",
}) }}
{%- else %}
{%- for attribute in attributes() %}
{%- set outer_loop = loop %}
{%- for stratum in attributes() if stratum.name != attribute.name %}
select
    '{{ attribute.name }}' as attribute,
    {{ attribute.name }}_band_order as band_order,
    '{{ stratum.name }}' as stratum_attribute,
    {{ stratum.name }}_band_order as stratum_band_order,
    cast(sum(customers) as bigint) as customers,
    cast(sum(churned) as bigint) as churned,
    {{ "cast(sum(" ~ attribute.name ~ "_sum) as decimal(38, 4))" if attribute.kind == "ordered"
        else "cast(null as decimal(38, 4))" }} as attribute_sum
from cube_cells
group by
    {{ attribute.name }}_band_order,
    {{ stratum.name }}_band_order
{{ "union all" if not (loop.last and outer_loop.last) }}
{%- endfor %}
{%- endfor %}
order by attribute, stratum_attribute, band_order, stratum_band_order
{%- endif %}
