{#-
    The half of the customers that a customer belongs to: segments are found on the discovery half
    and tested on the confirmation half. A hash of who it is, so that every engine and every build
    puts the customer in the same half; CHURN_NEW_HALVES draws other halves.
-#}
{% macro fold(person) -%}
    {%- set seed = env_var("CHURN_NEW_HALVES", "") -%}
    {%- set hashed = person if not seed else sql_text(seed ~ "|") ~ " || " ~ person -%}
    case when substr(md5({{ hashed }}), 1, 1) < '8' then 'discovery' else 'confirmation' end
{%- endmacro %}

{#-
    Who a customer is: where rows are told apart by more than a user id, those of one id are alike and stay in one
    half, or what was found on one of them would be confirmed by another.
-#}
{% macro person() -%}
    {%- set has_more = "user_id" in var("mapping")["columns"] and key_columns() != ["user_id"] -%}
    {{- "coalesce(user_id_text, customer_id)" if has_more else "customer_id" -}}
{%- endmacro %}
