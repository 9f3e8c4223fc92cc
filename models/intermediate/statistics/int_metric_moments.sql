{%- set metrics = attributes("ordered") -%}
with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

-- One scan for all metrics. Sums of decimals are exact, whatever the order of addition.
sums as (
    select
        has_churned,
        {%- for metric in metrics %}
        count({{ metric.name }}) as {{ metric.name }}_count,
        {%- set exact = "cast(" ~ metric.name ~ " as decimal(19, 4))" %}
        sum({{ exact }}) as {{ metric.name }}_sum,
        sum({{ exact }} * {{ exact }}) as {{ metric.name }}_squares,
        median({{ metric.name }}) as {{ metric.name }}_median
        {{- "," if not loop.last }}
        {%- endfor %}
    from customers
    group by has_churned
)

{% for metric in metrics %}
select
    '{{ metric.name }}' as metric,
    has_churned,
    {{ metric.name }}_count as value_count,
    cast({{ metric.name }}_sum as decimal(38, 4)) as value_sum,
    cast({{ metric.name }}_squares as decimal(38, 8)) as value_sum_of_squares,
    cast({{ metric.name }}_median as double) as value_median
from sums
{{ "union all" if not loop.last }}
{%- endfor %}
order by metric, has_churned
