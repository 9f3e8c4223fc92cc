{%- set probabilities = (var("band_quantiles") + [0.25, 0.5, 0.75, var("high_quantile")]) | unique | sort -%}
with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

-- One scan for all attributes.
quantiles as (
    select
        {%- for attribute in attributes("ordered") %}
        quantile_cont(cast({{ attribute.name }} as double), {{ probabilities }}) as {{ attribute.name }}_quantiles,
        min({{ attribute.name }}) as {{ attribute.name }}_minimum,
        max({{ attribute.name }}) as {{ attribute.name }}_maximum
        {{- "," if not loop.last }}
        {%- endfor %}
    from customers
)

{% for attribute in attributes("ordered") %}
{%- for probability in probabilities %}
select
    '{{ attribute.name }}' as attribute,
    cast({{ probability }} as decimal(18, 6)) as probability,
    {{ attribute.name }}_quantiles[{{ loop.index }}] as value,
    cast({{ attribute.name }}_minimum as double) as minimum,
    cast({{ attribute.name }}_maximum as double) as maximum
from quantiles
{{ "union all" if not loop.last }}
{%- endfor %}
{{ "union all" if not loop.last }}
{%- endfor %}
