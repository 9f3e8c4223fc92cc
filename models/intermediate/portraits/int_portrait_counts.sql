-- depends_on: {{ ref('int_risk_segments') }}
{%- set rules = segment_rules() | map(attribute="rule_sql") | list %}
with customers as (
    select * from {{ ref('int_customers_clustered') }}
),

marked as not materialized (
    select
        {%- for attribute in attributes() %}
        {{ attribute.name }},
        {%- endfor %}
        has_churned,
        cluster_id,
        {{ condition_words(rules) }}
    from customers
),

-- Customers who agree in their groups and in a value are counted together.
patterns as (
    {%- for attribute in attributes() %}
    select
        {{ loop.index }} as attribute_order,
        '{{ attribute.name }}' as attribute,
        {{ place_of_value(attribute) | indent(8) }},
        has_churned,
        cluster_id,
        {{ word_names(rules) }},
        count(*) as customers
    from marked
    group by all
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

-- Those who left, those who stayed, each segment by rank and each cluster by number, as a list.
select
    attribute,
    step,
    value,
    cast([
        coalesce(sum(customers) filter (where has_churned), 0),
        coalesce(sum(customers) filter (where not has_churned), 0)
        {%- for rule in rules %},
        coalesce(sum(customers) filter (where {{ is_met(loop.index0) }}), 0)
        {%- endfor %}
        {%- for cluster in range(1, var("cluster_max") + 1) %},
        coalesce(sum(customers) filter (where cluster_id = {{ cluster }}), 0)
        {%- endfor %}
    ] as bigint[]) as customers
from patterns
group by
    attribute_order,
    attribute,
    step,
    value
order by
    attribute_order asc,
    step asc nulls first,
    value asc nulls first
