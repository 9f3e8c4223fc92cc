{#-
    The number of a combination of bands, from 0 on: the bands, counted from the lowest one, are its
    digits, each to the base of how many there are.
-#}
{% macro cell_number(digits, relation) -%}
    {%- set number = namespace(sql="cast(0 as bigint)") -%}
    {%- for name, digit in digits.items() -%}
        {%- set place = relation ~ "." ~ name ~ "_band_order - " ~ digit.lowest -%}
        {%- set number.sql = "(" ~ number.sql ~ " * " ~ digit["count"] ~ " + " ~ place ~ ")" -%}
    {%- endfor -%}
    {{- return(number.sql) -}}
{%- endmacro %}
