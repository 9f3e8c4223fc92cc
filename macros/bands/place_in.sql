{#- The place of a value in a list, from 1 on; null where it is not in it. -#}
{% macro place_in(values, value) -%}
    {{ adapter.dispatch("place_in")(values, value) }}
{%- endmacro %}

{% macro default__place_in(values, value) -%}
    nullif(list_position({{ values }}, {{ value }}), 0)
{%- endmacro %}

{% macro spark__place_in(values, value) -%}
    nullif(cast(array_position({{ values }}, {{ value }}) as integer), 0)
{%- endmacro %}
