with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

customer_clusters as (
    select * from {{ ref('customer_clusters') }}
)

-- One scan: a row per cluster, from which sizes, churn and profiles follow.
select
    customer_clusters.cluster_id,
    count(*) as customers,
    count(*) filter (where customers.has_churned) as churned,
    {%- for attribute in attributes() if attribute.type in ["number", "integer", "boolean"] %}
    {#- A square of decimals of 19 digits has the 38 that a decimal can have. #}
    {%- set type = "integer" if attribute.type == "boolean" else "decimal(19, 4)" %}
    {%- set number = "cast(customers." ~ attribute.name ~ " as " ~ type ~ ")" %}
    count(customers.{{ attribute.name }}) as {{ attribute.name }}_count,
    cast(sum({{ number }}) as decimal(38, 4)) as {{ attribute.name }}_sum,
    cast(sum({{ number }} * {{ number }}) as decimal(38, 8)) as {{ attribute.name }}_squares
    {{- "," if not loop.last }}
    {%- endfor %}
from customers
inner join customer_clusters
    on customers.customer_id = customer_clusters.customer_id
group by customer_clusters.cluster_id
order by customer_clusters.cluster_id
