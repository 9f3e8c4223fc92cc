with customers as (
    select * from {{ ref('int_customers_clustered') }}
)

-- One scan: a row per cluster, from which sizes, churn and profiles follow.
select
    cluster_id,
    count(*) as customers,
    count(*) filter (where has_churned) as churned,
    {%- for attribute in attributes() if attribute.type in ["number", "integer", "boolean"] %}
    {#- A square of decimals of 19 digits has the 38 that a decimal can have. #}
    {%- set type = "integer" if attribute.type == "boolean" else "decimal(19, 4)" %}
    {%- set number = "cast(" ~ attribute.name ~ " as " ~ type ~ ")" %}
    count({{ attribute.name }}) as {{ attribute.name }}_count,
    cast(sum({{ number }}) as decimal(38, 4)) as {{ attribute.name }}_sum,
    cast(sum({{ number }} * {{ number }}) as decimal(38, 8)) as {{ attribute.name }}_squares
    {{- "," if not loop.last }}
    {%- endfor %}
from customers
group by cluster_id
order by cluster_id
