{#-
    The number of a combination of bands, from 0 on and without gaps: the bands are its digits, each to
    the base of how many there are.
-#}
{% macro cell_number(counts, relation) -%}
    {%- set number = namespace(sql="cast(0 as bigint)") -%}
    {%- for name, count in counts.items() -%}
        {%- set number.sql = "(" ~ number.sql ~ " * " ~ count ~ " + " ~ relation ~ "." ~ name ~ "_band_order)" -%}
    {%- endfor -%}
    {{- return(number.sql) -}}
{%- endmacro %}
