-- depends_on: {{ ref('int_hypotheses') }}
{%- set compared = comparisons(["welch_t", "mann_whitney_u", "kolmogorov_smirnov"]) %}
{%- set metrics = compared | map(attribute="metric") | unique | list %}
with
{%- for metric in metrics %}
{%- set own = compared | selectattr("metric", "equalto", metric) | map(attribute="comparison") | list %}
-- Distinct values first: ranks need a sort of the values, not of the customers.
counts_of_{{ metric }} as (
    select
        {{ metric }} as metric_value,
        {%- for one in compared if one.metric == metric %}
        count(*) filter (where {{ one.in_a }}) as a_{{ one.comparison }},
        count(*) filter (where {{ one.in_b }}) as b_{{ one.comparison }}
        {{- "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_customers_accepted') }}
    where {{ metric }} is not null
    group by {{ metric }}
),

totals_of_{{ metric }} as (
    select
        {%- for number in own %}
        cast(sum(a_{{ number }}) as decimal(19, 0)) as all_a_{{ number }},
        cast(sum(b_{{ number }}) as decimal(19, 0)) as all_b_{{ number }}
        {{- "," if not loop.last }}
        {%- endfor %}
    from counts_of_{{ metric }}
),

-- One sort for all comparisons of a metric. DuckDB gives a product of narrower decimals 18 digits,
-- which a tie of two million overflows.
cumulated_{{ metric }} as (
    select
        metric_value,
        {%- for number in own %}
        {%- for group in ["a", "b"] %}
        cast({{ group }}_{{ number }} as decimal(19, 0)) as {{ group }}_{{ number }},
        cast(sum({{ group }}_{{ number }}) over (order by metric_value) as decimal(19, 0))
            as up_to_{{ group }}_{{ number }}
        {{- "," if not loop.last }}
        {%- endfor %}
        {{- "," if not loop.last }}
        {%- endfor %}
    from counts_of_{{ metric }}
),

-- A value's doubled placement is twice the values of the other group below it, plus those equal to it: an
-- integer, so that sums are exact.
sums_of_{{ metric }} as (
    select
        {%- for number in own %}
        {%- set a, b = "cumulated.a_" ~ number, "cumulated.b_" ~ number %}
        {%- set up_to_a, up_to_b = "cumulated.up_to_a_" ~ number, "cumulated.up_to_b_" ~ number %}
        {%- set tied = "cast(" ~ a ~ " + " ~ b ~ " as decimal(19, 0))" %}
        {%- set placement_a = "cast(2 * " ~ up_to_b ~ " - " ~ b ~ " as decimal(19, 0))" %}
        {%- set placement_b = "cast(2 * " ~ up_to_a ~ " - " ~ a ~ " as decimal(19, 0))" %}
        cast(sum({{ a }}) as bigint) as count_a_{{ number }},
        cast(sum({{ b }}) as bigint) as count_b_{{ number }},
        sum({{ a }} * {{ placement_a }}) as doubled_u_{{ number }},
        sum({{ tied }} * {{ tied }} * {{ tied }} - {{ tied }}) as tie_term_{{ number }},
        sum({{ a }} * {{ placement_a }} * {{ placement_a }}) as squared_placements_a_{{ number }},
        sum({{ b }} * {{ placement_b }} * {{ placement_b }}) as squared_placements_b_{{ number }},
        max(abs({{ up_to_a }} * totals.all_b_{{ number }} - {{ up_to_b }} * totals.all_a_{{ number }}))
            as largest_gap_{{ number }},
        -- The middle value, or the mean of the two in the middle.
        {%- for group in ["a", "b"] %}
        {%- set up_to, all = "cumulated.up_to_" ~ group ~ "_" ~ number, "totals.all_" ~ group ~ "_" ~ number %}
        cast(
            min(cumulated.metric_value) filter (where 2 * {{ up_to }} >= {{ all }} and {{ all }} > 0)
            + min(cumulated.metric_value) filter (where 2 * {{ up_to }} > {{ all }}) as double
        ) / 2 as median_{{ group }}_{{ number }}
        {{- "," if not loop.last }}
        {%- endfor %}
        {{- "," if not loop.last }}
        {%- endfor %}
    from cumulated_{{ metric }} as cumulated
    cross join totals_of_{{ metric }} as totals
),

{% endfor %}
sums as (
    {%- for one in compared %}
    select
        {{ one.comparison }} as comparison,
        {%- for column in [
            "count_a", "count_b", "doubled_u", "tie_term", "squared_placements_a", "squared_placements_b",
            "largest_gap", "median_a", "median_b",
        ] %}
        {{ column }}_{{ one.comparison }} as {{ column }}
        {{- "," if not loop.last }}
        {%- endfor %}
    from sums_of_{{ one.metric }}
    union all
    {%- endfor %}
    select
        cast(null as integer) as comparison,
        cast(null as bigint) as count_a,
        cast(null as bigint) as count_b,
        cast(null as decimal(38, 0)) as doubled_u,
        cast(null as decimal(38, 0)) as tie_term,
        cast(null as decimal(38, 0)) as squared_placements_a,
        cast(null as decimal(38, 0)) as squared_placements_b,
        cast(null as decimal(38, 0)) as largest_gap,
        cast(null as double) as median_a,
        cast(null as double) as median_b
    from {{ ref('int_customers_accepted') }}
    where false
)

select *
from sums
-- A comparison without any value is none.
where count_a + count_b > 0
order by comparison
