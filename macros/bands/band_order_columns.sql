{#- The column that holds the band of each attribute as a number, comma-separated. -#}
{% macro band_order_columns(relation=none, indent=4) -%}
    {%- set columns = [] -%}
    {%- for attribute in attributes() -%}
        {%- do columns.append((relation ~ "." if relation else "") ~ attribute.name ~ "_band_order") -%}
    {%- endfor -%}
    {{- columns | join(",\n" ~ " " * indent) -}}
{%- endmacro %}
