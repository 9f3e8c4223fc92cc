-- depends_on: {{ ref('int_hypotheses') }}
{%- set compared = comparisons(["mann_whitney_u", "kolmogorov_smirnov"]) %}
with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

-- Distinct values first: ranks need a sort of the values, not of the customers.
value_counts as (
    {%- for one in compared %}
    select
        {{ one.comparison }} as comparison,
        cast({{ one.metric }} as decimal(18, 4)) as metric_value,
        count(*) filter (where {{ one.in_a }}) as count_a,
        count(*) filter (where {{ one.in_b }}) as count_b
    from customers
    where {{ one.metric }} is not null and ({{ one.in_a }} or {{ one.in_b }})
    group by {{ one.metric }}
    union all
    {%- endfor %}
    select
        cast(null as integer) as comparison,
        cast(null as decimal(18, 4)) as metric_value,
        0 as count_a,
        0 as count_b
    from customers
    where false
),

-- DuckDB gives a product of narrower decimals 18 digits, which a tie of two million overflows.
cumulated as (
    select
        comparison,
        metric_value,
        cast(count_a as decimal(19, 0)) as count_a,
        cast(count_b as decimal(19, 0)) as count_b,
        cast(sum(count_a) over (partition by comparison order by metric_value) as decimal(19, 0)) as up_to_a,
        cast(sum(count_b) over (partition by comparison order by metric_value) as decimal(19, 0)) as up_to_b,
        cast(sum(count_a) over (partition by comparison) as decimal(19, 0)) as all_a,
        cast(sum(count_b) over (partition by comparison) as decimal(19, 0)) as all_b
    from value_counts
),

-- A value's doubled placement: twice the values of the other group below it, plus those equal to
-- it. An integer, so that sums are exact.
placed as (
    select
        *,
        cast(2 * up_to_b - count_b as decimal(19, 0)) as doubled_placement_a,
        cast(2 * up_to_a - count_a as decimal(19, 0)) as doubled_placement_b,
        cast(count_a + count_b as decimal(19, 0)) as tied
    from cumulated
)

select
    comparison,
    cast(sum(count_a) as bigint) as count_a,
    cast(sum(count_b) as bigint) as count_b,
    sum(count_a * doubled_placement_a) as doubled_u,
    sum(tied * tied * tied - tied) as tie_term,
    sum(count_a * doubled_placement_a * doubled_placement_a) as squared_placements_a,
    sum(count_b * doubled_placement_b * doubled_placement_b) as squared_placements_b,
    max(abs(up_to_a * all_b - up_to_b * all_a)) as largest_gap,
    -- The middle value, or the mean of the two in the middle.
    cast(
        min(metric_value) filter (where 2 * up_to_a >= all_a and all_a > 0)
        + min(metric_value) filter (where 2 * up_to_a > all_a) as double
    ) / 2 as median_a,
    cast(
        min(metric_value) filter (where 2 * up_to_b >= all_b and all_b > 0)
        + min(metric_value) filter (where 2 * up_to_b > all_b) as double
    ) / 2 as median_b
from placed
group by comparison
order by comparison
