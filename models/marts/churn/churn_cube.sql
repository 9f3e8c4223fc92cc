with cube_cells as (
    select * from {{ ref('int_churn_cube') }}
),

bands as (
    select * from {{ ref('int_bands') }}
),

-- The two halves of the customers together.
cells as (
    select
        {{ band_order_columns(indent=8) }},
        cast(sum(customers) as bigint) as customers,
        cast(sum(churned) as bigint) as churned,
        cast(sum(balance_sum) as double) as balance_sum,
        cast(sum(churned_balance_sum) as double) as churned_balance_sum
    from cube_cells
    group by
        {{ band_order_columns(indent=8) }}
)

select
    {%- for attribute in attributes() %}
    {{ attribute.name }}_bands.band as {{ attribute.name }}_band,
    {%- endfor %}
    {%- for attribute in var("absent_attributes") %}
    cast(null as varchar) as {{ attribute.name }}_band,
    {%- endfor %}
    cells.customers,
    cells.churned,
    cells.balance_sum,
    cells.churned_balance_sum
from cells
{%- for attribute in attributes() %}
inner join bands as {{ attribute.name }}_bands
    on
        {{ attribute.name }}_bands.attribute = '{{ attribute.name }}'
        and {{ attribute.name }}_bands.band_order = cells.{{ attribute.name }}_band_order
{%- endfor %}
order by
    {{ band_order_columns("cells") }}
