with cube_cells as (
    select * from {{ ref('int_churn_cube') }}
),

names as (
    {{ band_names() }}
),

-- The two halves of the customers together.
cells as (
    select
        {{ band_order_columns(indent=8) }},
        cast(sum(customers) as bigint) as customers,
        cast(sum(churned) as bigint) as churned,
        cast(coalesce(sum(customers) filter (where fold = 'confirmation'), 0) as bigint) as confirmation_customers,
        cast(coalesce(sum(churned) filter (where fold = 'confirmation'), 0) as bigint) as confirmation_churned,
        cast(sum(balance_sum) as double) as balance_sum,
        cast(sum(churned_balance_sum) as double) as churned_balance_sum
    from cube_cells
    group by
        {{ band_order_columns(indent=8) }}
)

select
    {%- for attribute in attributes() %}
    {{ element("names." ~ attribute.name ~ "_names", "cells." ~ attribute.name ~ "_band_order + 1") }}
        as {{ attribute.name }}_band,
    {%- endfor %}
    {%- for attribute in var("absent_attributes") %}
    cast(null as varchar) as {{ attribute.name }}_band,
    {%- endfor %}
    cells.customers,
    cells.churned,
    cells.confirmation_customers,
    cells.confirmation_churned,
    cells.balance_sum,
    cells.churned_balance_sum
from cells
cross join names
order by
    {{ band_order_columns("cells") }}
