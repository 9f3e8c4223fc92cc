{#- How many combinations of bands there can be, with as many bands each as `band_counts` says. -#}
{% macro cell_count(counts) -%}
    {%- set cells = namespace(count=1) -%}
    {%- for count in counts.values() -%}
        {%- set cells.count = cells.count * count -%}
    {%- endfor -%}
    {{- return(cells.count) -}}
{%- endmacro %}
