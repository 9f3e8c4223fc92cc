{#- Whether the condition at a place, from 0 on, is among those that a row of `condition_words` meets. -#}
{% macro is_met(place) -%}
    met_{{ place // 62 + 1 }} & {{ 2 ** (place % 62) }} > 0
{%- endmacro %}
