{% if comes_from_spark() -%}
select *
from {{ made_by_spark() }}
order by all
{%- else -%}
-- The one heavy GROUP BY: everything after it reads cells instead of customers.
with customers as (
    select * from {{ ref('int_customers_banded') }}
)

select
    fold,
    {{ band_order_columns() }},
    count(*) as customers,
    count(*) filter (where has_churned) as churned,
    {%- for attribute in attributes("ordered", absent=true) %}
    cast(sum({{ attribute.name }}) as decimal(38, 4)) as {{ attribute.name }}_sum,
    {%- endfor %}
    cast(sum(balance) filter (where has_churned) as decimal(38, 4)) as churned_balance_sum
from customers
group by
    fold,
    {{ band_order_columns() }}
order by
    fold,
    {{ band_order_columns() }}
{%- endif %}
