with quantiles as (
    select * from {{ ref('int_attribute_quantiles') }}
),

edges as (
    {%- for attribute in attributes("ordered") %}
    {%- if attribute.bands == "quantiles" %}
    select
        attribute,
        cast({{ round_significant("value") }} as decimal(18, 4)) as edge
    from quantiles
    where
        attribute = '{{ attribute.name }}'
        and probability in ({{ var("band_quantiles") | join(", ") }})
    {%- else %}
    select
        '{{ attribute.name }}' as attribute,
        cast(edge as decimal(18, 4)) as edge
    from (values ({{ attribute.bands | join("), (") }})) as fixed (edge)
    {%- endif %}
    union all
    {%- endfor %}
    {{ no_rows({"attribute": "string", "edge": "decimal(18, 4)"}) }}
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
    select distinct
        edges.attribute,
        edges.edge
    from edges
    inner join ranges
        on edges.attribute = ranges.attribute
    where edges.edge > ranges.minimum and edges.edge <= ranges.maximum
)

select
    attribute,
    row_number() over (partition by attribute order by edge) as edge_number,
    edge
from useful
order by attribute, edge_number
