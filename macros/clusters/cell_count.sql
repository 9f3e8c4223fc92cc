{#- How many combinations of bands there can be, with the digits that `cell_digits` gives. -#}
{% macro cell_count(digits) -%}
    {%- set cells = namespace(count=1) -%}
    {%- for digit in digits.values() -%}
        {%- set cells.count = cells.count * digit["count"] -%}
    {%- endfor -%}
    {{- return(cells.count) -}}
{%- endmacro %}
