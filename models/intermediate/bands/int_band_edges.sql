{%- set by_quantiles = attributes("ordered") | selectattr("bands", "equalto", "quantiles") | list %}
with quantiles as (
    select * from {{ ref('int_attribute_quantiles') }}
),

customers as (
    select * from {{ ref('int_customers_accepted') }}
),

-- A value that two quantiles share, or the outermost one and the end, is a large part of the customers.
heavy_values as (
    select
        attribute,
        value
    from quantiles
    where probability in ({{ var("band_quantiles") | join(", ") }})
    group by
        attribute,
        value
    having count(*) > 1 or value = min(minimum) or value = max(maximum)
),

-- It is a band of its own: from it to the next larger value that occurs.
next_values as (
    {%- for attribute in by_quantiles %}
    select
        heavy_values.attribute,
        heavy_values.value,
        min(case when customers.{{ attribute.name }} > heavy_values.value then customers.{{ attribute.name }} end)
            as next_value
    from customers
    cross join heavy_values
    where heavy_values.attribute = '{{ attribute.name }}'
    group by
        heavy_values.attribute,
        heavy_values.value
    union all
    {%- endfor %}
    {{ no_rows({"attribute": "string", "value": "decimal(18, 4)", "next_value": "decimal(18, 4)"}) }}
),

edges as (
    select
        attribute,
        cast(value as decimal(18, 4)) as edge,
        cast(null as decimal(18, 4)) as value_below
    from next_values
    union all
    -- The next value may be one customer's: below it a number of three digits will do.
    select
        attribute,
        cast(case when round_below > value then round_below else next_value end as decimal(18, 4)) as edge,
        cast(value as decimal(18, 4)) as value_below
    from (
        select
            *,
            floor(next_value / power(10, floor(log10(abs(nullif(next_value, 0)))) - 2))
            * power(10, floor(log10(abs(nullif(next_value, 0)))) - 2) as round_below
        from next_values
    ) as rounded
    union all
    {%- for attribute in attributes("ordered") %}
    {%- if attribute.bands == "quantiles" %}
    select
        quantiles.attribute,
        {%- set rounded = round_significant("quantiles.value") %}
        {#- A band of whole numbers begins with one: from 6.9 on is from 7 on. #}
        cast({{ "ceil(" ~ rounded ~ ")" if attribute.type == "integer" else rounded }} as decimal(18, 4)) as edge,
        cast(null as decimal(18, 4)) as value_below
    from quantiles
    left join heavy_values
        on
            quantiles.attribute = heavy_values.attribute
            and quantiles.value = heavy_values.value
    where
        quantiles.attribute = '{{ attribute.name }}'
        and quantiles.probability in ({{ var("band_quantiles") | join(", ") }})
        and heavy_values.value is null
    {%- else %}
    select
        '{{ attribute.name }}' as attribute,
        cast(edge as decimal(18, 4)) as edge,
        cast(null as decimal(18, 4)) as value_below
    from (values ({{ attribute.bands | join("), (") }})) as fixed (edge)
    {%- endif %}
    union all
    {%- endfor %}
    {{ no_rows({"attribute": "string", "edge": "decimal(18, 4)", "value_below": "decimal(18, 4)"}) }}
),

ranges as (
    select distinct
        attribute,
        minimum,
        maximum
    from quantiles
),

-- Ties and rounding can make edges equal, and an edge outside the values would cut off an empty band.
useful as (
    select
        edges.attribute,
        edges.edge,
        max(edges.value_below) as value_below
    from edges
    inner join ranges
        on edges.attribute = ranges.attribute
    where edges.edge > ranges.minimum and edges.edge <= ranges.maximum
    group by
        edges.attribute,
        edges.edge
)

select
    attribute,
    row_number() over (partition by attribute order by edge) as edge_number,
    edge,
    value_below
from useful
order by attribute, edge_number
