-- depends_on: {{ ref('int_hypotheses') }}
{%- set compared = comparisons() %}
with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

-- One scan for all comparisons. Sums of decimals are exact, whatever the order of addition.
sums as (
    select
        {%- for one in compared %}
        {%- set summed = attributes() | selectattr("name", "equalto", one.metric)
            | map(attribute="type") | first | default("boolean") in ["number", "integer", "boolean"] %}
        {%- set value = "cast(cast(" ~ one.metric ~ " as decimal(18, 4)) as decimal(19, 4))" if summed
            else "cast(null as decimal(19, 4))" %}
        count(*) filter (where {{ one.within }}) as customers_within_{{ one.comparison }},
        count(*) filter (where {{ one.in_a }} and {{ one.in_b }}) as customers_both_{{ one.comparison }},
        {%- for group, members in {"a": one.in_a, "b": one.in_b}.items() %}
        {%- set column = group ~ "_" ~ one.comparison %}
        count(*) filter (where {{ members }}) as customers_{{ column }},
        count({{ one.metric }}) filter (where {{ members }}) as value_count_{{ column }},
        sum({{ value }}) filter (where {{ members }}) as value_sum_{{ column }},
        sum({{ value }} * {{ value }}) filter (where {{ members }}) as value_squares_{{ column }},
        {%- endfor %}
        {%- endfor %}
        count(*) as customers
    from customers
)

{% for one in compared %}
select
    {{ one.comparison }} as comparison,
    customers_within_{{ one.comparison }} as customers_within,
    customers_both_{{ one.comparison }} as customers_both,
    {%- for group in ["a", "b"] %}
    {%- set column = group ~ "_" ~ one.comparison %}
    customers_{{ column }} as customers_{{ group }},
    value_count_{{ column }} as value_count_{{ group }},
    cast(value_sum_{{ column }} as decimal(38, 4)) as value_sum_{{ group }},
    cast(value_squares_{{ column }} as decimal(38, 8)) as value_squares_{{ group }}
    {{- "," if not loop.last }}
    {%- endfor %}
from sums
union all
{% endfor %}
select
    cast(null as integer) as comparison,
    cast(null as bigint) as customers_within,
    cast(null as bigint) as customers_both,
    {%- for group in ["a", "b"] %}
    cast(null as bigint) as customers_{{ group }},
    cast(null as bigint) as value_count_{{ group }},
    cast(null as decimal(38, 4)) as value_sum_{{ group }},
    cast(null as decimal(38, 8)) as value_squares_{{ group }}
    {{- "," if not loop.last }}
    {%- endfor %}
from sums
where false
