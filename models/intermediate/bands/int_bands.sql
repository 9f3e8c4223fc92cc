{% if comes_from_spark() -%}
select *
from {{ made_by_spark() }}
order by all
{%- else -%}
with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

edges as (
    select * from {{ ref('int_band_edges') }}
),

-- Ordered attributes: a band opens at every edge, and one more before the first.
openings as (
    {%- for attribute in attributes("ordered") %}
    select
        '{{ attribute.name }}' as attribute,
        1 as band_order,
        cast(null as decimal(18, 4)) as lower_bound,
        cast(null as decimal(18, 4)) as value_below
    union all
    {%- endfor %}
    select
        attribute,
        edge_number + 1 as band_order,
        edge as lower_bound,
        value_below
    from edges
),

intervals as (
    select
        attribute,
        band_order,
        lower_bound,
        lead(lower_bound) over (partition by attribute order by band_order) as upper_bound,
        lead(value_below) over (partition by attribute order by band_order) as only_value
    from openings
),

labelled_intervals as (
    {%- for attribute in attributes("ordered") %}
    select
        attribute,
        band_order,
        {{ band_label(attribute) | indent(8) }} as band,
        lower_bound,
        upper_bound,
        only_value
    from intervals
    where attribute = '{{ attribute.name }}'
    union all
    {%- endfor %}
    {{ no_rows({
        "attribute": "string", "band_order": "integer", "band": "string",
        "lower_bound": "decimal(18, 4)", "upper_bound": "decimal(18, 4)", "only_value": "decimal(18, 4)",
    }) }}
),

-- Nominal attributes: a band per value, in the order that is said or the most frequent first.
value_counts as (
    {%- for attribute in attributes("nominal") %}
    select
        '{{ attribute.name }}' as attribute,
        {{ nominal_value(attribute) }} as value,
        count(*) as customers,
        {%- if attribute.order is defined %}
        case {{ attribute.name }}
            {%- for value in attribute.order %}
            when {{ sql_text(value) }} then {{ loop.index }}
            {%- endfor %}
        end as place
        {%- else %}
        cast(null as integer) as place
        {%- endif %}
    from customers
    where {{ attribute.name }} is not null
    group by {{ attribute.name }}
    union all
    {%- endfor %}
    {{ no_rows({
        "attribute": "string", "value": "string", "customers": "bigint", "place": "integer",
    }) }}
),

ranked_values as (
    select
        attribute,
        value,
        row_number() over (
            partition by attribute
            order by place asc nulls last, customers desc, value asc
        ) as band_order
    from value_counts
),

values_and_other as (
    select
        attribute,
        band_order,
        case when band_order <= {{ var("max_nominal_bands") }} then value end as value
    from ranked_values
    where band_order <= {{ var("max_nominal_bands") }} + 1
),

missing as (
    {%- for attribute in attributes() %}
    select
        '{{ attribute.name }}' as attribute,
        0 as band_order,
        'missing' as band
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    attribute,
    cast(band_order as integer) as band_order,
    band,
    'interval' as band_kind,
    cast(null as string) as value,
    cast(lower_bound as double) as lower_bound,
    cast(upper_bound as double) as upper_bound,
    cast(only_value as double) as only_value
from labelled_intervals
union all
select
    attribute,
    cast(band_order as integer) as band_order,
    -- A city that is called missing or other is quoted, and one with these quotes once more.
    case
        when value is null then 'other'
        when trim(both '"' from value) in ('missing', 'other') then '"' || value || '"'
        else value
    end as band,
    case when value is null then 'other' else 'value' end as band_kind,
    value,
    cast(null as double) as lower_bound,
    cast(null as double) as upper_bound,
    cast(null as double) as only_value
from values_and_other
union all
select
    attribute,
    band_order,
    band,
    'missing' as band_kind,
    cast(null as string) as value,
    cast(null as double) as lower_bound,
    cast(null as double) as upper_bound,
    cast(null as double) as only_value
from missing
order by attribute, band_order
{%- endif %}
