{#-
    Which of many conditions a row meets, as the bits of one or more whole numbers, met_1 and so on: rows
    that agree in all conditions are then grouped by a number or two.
-#}
{% macro condition_words(conditions) -%}
    {%- for start in range(0, [conditions | length, 1] | max, 62) %}
        cast(0 as bigint)
        {%- for condition in conditions[start:start + 62] %}
        + case when {{ condition }} then {{ 2 ** loop.index0 }} else 0 end
        {%- endfor %} as met_{{ loop.index }}
        {{- "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}
