{#- A number rounded to three significant digits, so that a band's edge can be said aloud. -#}
{% macro round_significant(value) -%}
    case
        when {{ value }} = 0 then 0
        else round(
            {{ value }} / power(10, floor(log10(abs({{ value }}))) - 2)
        ) * power(10, floor(log10(abs({{ value }}))) - 2)
    end
{%- endmacro %}
