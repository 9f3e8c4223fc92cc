-- The comparisons that band a customer and the bounds that are published are written apart.
{%- for attribute in attributes("ordered") %}
select
    customers.customer_id,
    '{{ attribute.name }}' as attribute,
    cast(customers.{{ attribute.name }} as double) as value,
    bands.band
from {{ ref('int_customers_banded') }} as customers
left join {{ ref('int_bands') }} as bands
    on
        customers.{{ attribute.name }}_band_order = bands.band_order
        and bands.attribute = '{{ attribute.name }}'
where
    bands.band is null
    or (customers.{{ attribute.name }} is null) <> (bands.band_kind = 'missing')
    or customers.{{ attribute.name }} < bands.lower_bound
    or customers.{{ attribute.name }} >= bands.upper_bound
union all
{%- endfor %}
{{ no_rows({"customer_id": "string", "attribute": "string", "value": "double", "band": "string"}) }}
