{#-
    The half of the customers that a customer belongs to: segments are found on the discovery half
    and tested on the confirmation half. A hash of the id, so that every engine and every build
    puts the customer in the same half.
-#}
{% macro fold(customer_id) -%}
    case when substr(md5({{ customer_id }}), 1, 1) < '8' then 'discovery' else 'confirmation' end
{%- endmacro %}
