{{ config(materialized="view") }}

select
    customer_id,
    user_id,
    {%- for attribute in attributes(absent=true) %}
    {{ attribute.name }},
    {%- endfor %}
    has_churned,
    fold
from {{ ref('int_customers_validated') }}
where rejection_reasons is null
