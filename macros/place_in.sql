{#- The place of a value in a list, from 1 on; null where it is not in it. -#}
{% macro place_in(values, value) -%}
    nullif(list_position({{ values }}, {{ value }}), 0)
{%- endmacro %}
