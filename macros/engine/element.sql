{#- The element at a place of a list, from 1 on. -#}
{% macro element(values, place) -%}
    {{ adapter.dispatch("element")(values, place) }}
{%- endmacro %}

{% macro default__element(values, place) -%}
    {{ values }}[{{ place }}]
{%- endmacro %}

{% macro spark__element(values, place) -%}
    element_at({{ values }}, cast({{ place }} as integer))
{%- endmacro %}
