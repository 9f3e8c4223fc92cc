{#-
    The digits of the numbers of cells: for each attribute that takes part in clustering the lowest band
    that occurs, and how many there are from it up to the highest. Read when a model is compiled, as
    `int_cluster_cells` is there by then; empty before the first build.
-#}
{% macro cell_digits() -%}
    {%- set digits = {} -%}
    {%- set names = attributes() | map(attribute="name") | select("in", var("cluster_attributes")) | list -%}
    {%- set cells = built_relation("int_cluster_cells") -%}
    {%- if cells is not none and names -%}
        {%- set ranges = [] -%}
        {%- for name in names -%}
            {%- for bound in ["min", "max"] -%}
                {%- do ranges.append("coalesce(" ~ bound ~ "(" ~ name ~ "_band_order), 0)") -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set bounds = run_query("select " ~ ranges | join(", ") ~ " from " ~ cells).rows[0].values() -%}
        {%- for name in names -%}
            {%- set lowest, highest = bounds[2 * loop.index0] | int, bounds[2 * loop.index0 + 1] | int -%}
            {%- do digits.update({name: {"lowest": lowest, "count": highest - lowest + 1}}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(digits) -}}
{%- endmacro %}
