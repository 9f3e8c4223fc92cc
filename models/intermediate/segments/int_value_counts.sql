with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

-- One scan for each attribute; those without a value are a row of their own.
counts as (
    {%- for attribute in attributes() %}
    select
        {{ loop.index }} as attribute_order,
        '{{ attribute.name }}' as attribute,
        {{ place_of_value(attribute) | indent(8) }},
        count(*) filter (where fold = 'discovery') as discovery_customers,
        count(*) filter (where fold = 'discovery' and has_churned) as discovery_churned,
        count(*) filter (where fold = 'confirmation') as confirmation_customers,
        count(*) filter (where fold = 'confirmation' and has_churned) as confirmation_churned
    from customers
    group by all
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    attribute,
    step,
    value,
    discovery_customers,
    discovery_churned,
    confirmation_customers,
    confirmation_churned
from counts
order by
    attribute_order asc,
    step asc nulls first,
    value asc nulls first
