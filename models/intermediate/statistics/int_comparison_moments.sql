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
with customers as (
    select * from {{ ref('int_customers_accepted') }}
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
        {%- endfor %}
        {{ condition_words(conditions) }}
    from customers
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
        as value_squares_{{ group }}
    {{- "," if not loop.last }}
    {%- endfor %}
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
    cast(null as decimal(38, 8)) as value_squares_{{ group }}
    {{- "," if not loop.last }}
    {%- endfor %}
from patterns
where false
