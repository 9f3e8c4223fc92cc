{#-
    What the columns of a source hold by their types, by lower-case name: `whole` and `fractional`
    numbers, `boolean`, or `text`. What a CSV holds is text, and so is what is better read as its text:
    dates, floats of four bytes, whose shortest text says what was meant, and decimals of so many
    places that the limits of our numbers do not fit beside them.
-#}
{% macro source_families(relation) -%}
    {%- set families = {} -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- set type, _, size = column.dtype.upper().partition("(") -%}
            {%- set places = size.rstrip(")").split(",") | last | int -%}
            {%- do families.update({column.name.lower(): "boolean" if type == "BOOLEAN"
                else "whole" if type in ["TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"]
                else "fractional" if type == "DOUBLE" or type == "DECIMAL" and places <= 20
                else "text"}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(families) -}}
{%- endmacro %}
