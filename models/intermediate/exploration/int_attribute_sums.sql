{%- set ordered = attributes("ordered") -%}
{%- set nominal = attributes("nominal") -%}
{%- if not ordered or not nominal %}
{{ no_rows({
    "group_attribute": "string", "group_band_order": "integer", "attribute": "string",
    "value_sum": "decimal(38, 4)",
}) }}
{%- else -%}
with cube_cells as (
    select * from {{ ref('int_churn_cube') }}
),

-- One scan for all groups. Sums of decimals are exact, whatever the order of addition.
sums as (
    select
        case
            {%- for attribute in nominal %}
            when grouping({{ attribute.name }}_band_order) = 0 then '{{ attribute.name }}'
            {%- endfor %}
        end as group_attribute,
        coalesce(
            {%- for attribute in nominal %}
            {{ attribute.name }}_band_order,
            {%- endfor %}
            0
        ) as group_band_order,
        {%- for attribute in ordered %}
        cast(sum({{ attribute.name }}_sum) as decimal(38, 4)) as {{ attribute.name }}
        {{- "," if not loop.last }}
        {%- endfor %}
    from cube_cells
    group by grouping sets (
        {%- for attribute in nominal %}
        ({{ attribute.name }}_band_order){{ "," if not loop.last }}
        {%- endfor %}
    )
)

-- Without a value in a group there is no row.
unpivot sums
on {% for attribute in ordered %}{{ attribute.name }}{{ ", " if not loop.last }}{% endfor %}
into name attribute value value_sum
order by group_attribute, group_band_order, attribute
{%- endif %}
