{#-
    The digits of the numbers of cells: for each attribute that takes part in clustering the lowest band
    that occurs, and how many there are from it up to the highest. Read when a model is compiled, as
    `int_cluster_cells` is there by then; empty before the first build.
-#}
{% macro cell_digits() -%}
    {%- set digits = {} -%}
    {%- set cells = built_relation("int_cluster_cells") -%}
    {%- if cells is not none and clustered_attributes() -%}
        {%- set bounds = [] -%}
        {%- for attribute in clustered_attributes() -%}
            {%- for bound in ["min", "max"] -%}
                {%- do bounds.append("coalesce(" ~ bound ~ "(" ~ attribute.name ~ "_band_order), 0)") -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set found = run_query("select " ~ bounds | join(", ") ~ " from " ~ cells).rows[0].values() -%}
        {%- for attribute in clustered_attributes() -%}
            {%- set lowest, highest = found[2 * loop.index0] | int, found[2 * loop.index0 + 1] | int -%}
            {%- do digits.update({attribute.name: {"lowest": lowest, "count": highest - lowest + 1}}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(digits) -}}
{%- endmacro %}
