-- depends_on: {{ ref('int_hypotheses') }}
{%- set compared = comparisons() %}
{%- set conditions = [] %}
{%- set metrics = [] %}
{%- for one in compared %}
    {%- for condition in [one.in_a, one.in_b, one.within] if condition not in conditions %}
        {%- do conditions.append(condition) %}
    {%- endfor %}
    {%- if one.metric not in metrics %}
        {%- do metrics.append(one.metric) %}
    {%- endif %}
{%- endfor %}
{%- set ordered = attributes("ordered") | map(attribute="name") | list %}
with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

scales as (
    select
        {%- for metric in metrics if metric in ordered %}
        max(cast(value_sum / value_count as decimal(18, 4))) filter (where attribute = '{{ metric }}')
            as churn_centre_of_{{ metric }},
        max(scale) filter (where attribute = '{{ metric }}') as churn_scale_of_{{ metric }},
        {%- endfor %}
        -- Of no attribute too there is one row.
        count(*) as churn_scales
    from {{ ref('int_attribute_moments') }}
    where customer_group = 'all' and value_count > 0
),

-- Which conditions a customer meets, as the bits of numbers.
marked as (
    select
        {%- for metric in metrics %}
        {%- set summed = attributes() | selectattr("name", "equalto", metric)
            | map(attribute="type") | first | default("boolean") in ["number", "integer", "boolean"] %}
        {{ metric }} is not null as has_{{ metric }},
        {{ "cast(cast(" ~ metric ~ " as decimal(18, 4)) as decimal(19, 4))" if summed
            else "cast(null as decimal(19, 4))" }} as value_of_{{ metric }},
        {%- if metric in ordered %}
        cast(customers.{{ metric }} - scales.churn_centre_of_{{ metric }} as double)
        / scales.churn_scale_of_{{ metric }}
            as scaled_{{ metric }},
        {%- endif %}
        {%- endfor %}
        {{ condition_words(conditions) }}
    from customers
    cross join scales
),

-- One scan: customers who agree in all conditions are counted together. Sums of decimals are exact, whatever
-- the order of addition.
patterns as (
    select
        {{ word_names(conditions) }},
        {%- for metric in metrics %}
        count(*) filter (where has_{{ metric }}) as value_count_{{ metric }},
        cast(sum(value_of_{{ metric }}) as decimal(38, 4)) as value_sum_{{ metric }},
        cast(sum(value_of_{{ metric }} * value_of_{{ metric }}) as decimal(38, 8)) as value_squares_{{ metric }},
        -- Higher powers of values within 1, which as decimals add up exactly; 28 digits, as one outlier makes
        -- all others small.
        {%- for power, times in {"cubes": 3, "fourths": 4}.items() %}
        {%- set product = (["scaled_" ~ metric] * times) | join(" * ") %}
        {{ "sum(cast(" ~ product ~ " as decimal(38, 28)))" if metric in ordered else "cast(null as decimal(38, 28))" }}
            as scaled_{{ power }}_{{ metric }},
        {%- endfor %}
        {%- endfor %}
        count(*) as customers
    from marked
    group by all
)

{% for one in compared %}
{%- set met = {} %}
{%- for name, condition in {"a": one.in_a, "b": one.in_b, "within": one.within}.items() %}
    {%- do met.update({name: is_met(conditions.index(condition))}) %}
{%- endfor %}
select
    {{ one.comparison }} as comparison,
    cast(coalesce(sum(customers) filter (where {{ met.within }}), 0) as bigint) as customers_within,
    cast(coalesce(sum(customers) filter (where {{ met.a }} and {{ met.b }}), 0) as bigint) as customers_both,
    {%- for group in ["a", "b"] %}
    cast(coalesce(sum(customers) filter (where {{ met[group] }}), 0) as bigint) as customers_{{ group }},
    cast(coalesce(sum(value_count_{{ one.metric }}) filter (where {{ met[group] }}), 0) as bigint)
        as value_count_{{ group }},
    cast(sum(value_sum_{{ one.metric }}) filter (where {{ met[group] }}) as decimal(38, 4)) as value_sum_{{ group }},
    cast(sum(value_squares_{{ one.metric }}) filter (where {{ met[group] }}) as decimal(38, 8))
        as value_squares_{{ group }},
    {%- for power in ["cubes", "fourths"] %}
    cast(sum(scaled_{{ power }}_{{ one.metric }}) filter (where {{ met[group] }}) as decimal(38, 28))
        as scaled_{{ power }}_{{ group }},
    {%- endfor %}
    {%- endfor %}
    {%- if one.metric in ordered %}
    (select churn_centre_of_{{ one.metric }} from scales) as centre,
    (select churn_scale_of_{{ one.metric }} from scales) as scale
    {%- else %}
    cast(null as decimal(18, 4)) as centre,
    cast(null as double) as scale
    {%- endif %}
from patterns
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
    cast(null as decimal(38, 8)) as value_squares_{{ group }},
    cast(null as decimal(38, 28)) as scaled_cubes_{{ group }},
    cast(null as decimal(38, 28)) as scaled_fourths_{{ group }},
    {%- endfor %}
    cast(null as decimal(18, 4)) as centre,
    cast(null as double) as scale
from patterns
where false
