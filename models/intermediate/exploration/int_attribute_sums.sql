{%- set ordered = attributes("ordered") -%}
{%- set nominal = attributes("nominal") -%}
{%- if not ordered or not nominal %}
{{ no_rows({
    "group_attribute": "string", "group_band_order": "integer", "attribute": "string",
    "value_sum": "decimal(38, 4)",
}) }}
{%- else -%}
with cube_cells as (
    select
        {%- for attribute in nominal %}
        {{ attribute.name }}_band_order,
        {%- endfor %}
        {%- for attribute in ordered %}
        {{ attribute.name }}_sum as {{ attribute.name }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_churn_cube') }}
),

-- Each cell once in a band of every nominal attribute: one scan for all groups.
groups as (
    unpivot cube_cells
    on
        {%- for attribute in nominal %}
        {{ attribute.name }}_band_order{{ "," if not loop.last }}
        {%- endfor %}
    into name group_attribute value group_band_order
),

-- Sums of decimals are exact, whatever the order of addition.
sums as (
    select
        group_attribute,
        group_band_order,
        {%- for attribute in ordered %}
        cast(sum({{ attribute.name }}) as decimal(38, 4)) as {{ attribute.name }}{{ "," if not loop.last }}
        {%- endfor %}
    from groups
    group by
        group_attribute,
        group_band_order
),

-- Without a value in a group there is no row.
values_of_groups as (
    unpivot sums
    on
        {%- for attribute in ordered %}
        {{ attribute.name }}{{ "," if not loop.last }}
        {%- endfor %}
    into name attribute value value_sum
)

select
    regexp_replace(group_attribute, '_band_order$', '') as group_attribute,
    group_band_order,
    attribute,
    value_sum
from values_of_groups
order by group_attribute, group_band_order, attribute
{%- endif %}
