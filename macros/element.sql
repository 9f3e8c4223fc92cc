{#- The element at a place of a list, from 1 on. -#}
{% macro element(values, place) -%}
    {{ values }}[{{ place }}]
{%- endmacro %}
