{%- set metrics = attributes("ordered") -%}
with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

-- Distinct values first: ranks need a sort of the values, not of the customers.
value_counts as (
    {%- for metric in metrics %}
    select
        '{{ metric.name }}' as metric,
        cast({{ metric.name }} as decimal(18, 4)) as metric_value,
        count(*) filter (where has_churned) as left_count,
        count(*) filter (where not has_churned) as stayed_count
    from customers
    where {{ metric.name }} is not null
    group by {{ metric.name }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

with_stayed_below as (
    select
        metric,
        left_count,
        stayed_count,
        sum(stayed_count) over (partition by metric order by metric_value) - stayed_count as stayed_below
    from value_counts
)

-- Twice U, the pairs in which the one who left has the larger value and ties count half, is an
-- integer, so that its sum is exact. Ties enter the variance of U as the sum of t^3 - t. DuckDB gives
-- a product of narrower decimals 18 digits, which a tie of two million customers overflows.
select
    metric,
    cast(sum(left_count) as bigint) as left_count,
    cast(sum(stayed_count) as bigint) as stayed_count,
    sum(
        cast(left_count as decimal(19, 0)) * cast(2 * stayed_below + stayed_count as decimal(19, 0))
    ) as doubled_u_left,
    sum(
        cast(left_count + stayed_count as decimal(19, 0))
        * cast(left_count + stayed_count as decimal(19, 0))
        * cast(left_count + stayed_count as decimal(19, 0))
        - (left_count + stayed_count)
    ) as tie_term
from with_stayed_below
group by metric
order by metric
