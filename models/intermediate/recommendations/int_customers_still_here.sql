{{ config(materialized="view") }}

select
    customer_id,
    user_id,
    {%- for attribute in attributes(absent=true) %}
    {{ attribute.name }}
    {{- "," if not loop.last }}
    {%- endfor %}
from {{ ref('int_customers_accepted') }}
where not has_churned
