-- depends_on: {{ ref('int_hypotheses') }}
{%- set compared = [] %}
{%- set conditions = [] %}
{%- for one in comparisons() if one.metric == "has_churned" %}
    {%- do compared.append(one) %}
    {%- for condition in [one.in_a, one.in_b] if condition not in conditions %}
        {%- do conditions.append(condition) %}
    {%- endfor %}
{%- endfor %}
with customers as (
    select * from {{ ref('int_customers_banded') }}
),

-- Which conditions a customer meets, as the bits of numbers.
marked as (
    select
        {%- for attribute in attributes() %}
        {{ attribute.name }}_band_order,
        {%- endfor %}
        has_churned,
        {{ condition_words(conditions) }}
    from customers
),

-- Customers who agree in all conditions are counted together, in each band of each attribute.
patterns as (
    {%- for attribute in attributes() if compared %}
    select
        '{{ attribute.name }}' as stratum_attribute,
        {{ attribute.name }}_band_order as band_order,
        {{ word_names(conditions) }},
        count(*) as customers,
        count(*) filter (where has_churned) as churned
    from marked
    group by all
    union all
    {%- endfor %}
    select
        cast(null as varchar) as stratum_attribute,
        cast(null as integer) as band_order,
        {{ word_names(conditions) }},
        cast(null as bigint) as customers,
        cast(null as bigint) as churned
    from marked
    where false
)

{% for one in compared %}
{%- set in_a = is_met(conditions.index(one.in_a)) %}
{%- set in_b = is_met(conditions.index(one.in_b)) %}
select
    {{ one.comparison }} as comparison,
    stratum_attribute,
    band_order,
    cast(coalesce(sum(customers) filter (where {{ in_a }}), 0) as bigint) as customers_a,
    cast(coalesce(sum(churned) filter (where {{ in_a }}), 0) as bigint) as churned_a,
    cast(coalesce(sum(customers) filter (where {{ in_b }}), 0) as bigint) as customers_b,
    cast(coalesce(sum(churned) filter (where {{ in_b }}), 0) as bigint) as churned_b
from patterns
group by
    stratum_attribute,
    band_order
union all
{% endfor -%}
select
    cast(null as integer) as comparison,
    stratum_attribute,
    band_order,
    cast(null as bigint) as customers_a,
    cast(null as bigint) as churned_a,
    cast(null as bigint) as customers_b,
    cast(null as bigint) as churned_b
from patterns
where false
order by
    comparison,
    stratum_attribute,
    band_order
