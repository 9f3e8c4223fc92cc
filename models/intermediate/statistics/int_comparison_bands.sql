-- depends_on: {{ ref('churn_rates') }}
-- depends_on: {{ ref('int_hypotheses') }}
{%- set compared = comparisons(["chi_square"]) %}
with customers as (
    select * from {{ ref('int_customers_banded') }}
)

{% for one in compared %}
{%- if one.is_outcome and one.metric != "has_churned" %}
-- Who left and who stayed is in the churn cube already.
select
    {{ one.comparison }} as comparison,
    band_order,
    churned as customers_a,
    customers - churned as customers_b
from {{ ref('churn_rates') }}
where attribute = '{{ one.metric }}'
{%- else %}
select
    {{ one.comparison }} as comparison,
    {{ "cast(has_churned as integer)" if one.metric == "has_churned" else one.metric ~ "_band_order" }} as band_order,
    count(*) filter (where {{ one.in_a }}) as customers_a,
    count(*) filter (where {{ one.in_b }}) as customers_b
from customers
group by all
{%- endif %}
union all
{% endfor %}
select
    cast(null as integer) as comparison,
    cast(null as integer) as band_order,
    cast(null as bigint) as customers_a,
    cast(null as bigint) as customers_b
from customers
where false
