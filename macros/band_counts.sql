{#-
    How many band numbers each of some attributes has, missing's 0 included, read when a model is
    compiled: `int_bands` is there by then. Empty before the first build.
-#}
{% macro band_counts(names) -%}
    {%- set counts = {} -%}
    {%- set bands = built_relation("int_bands") -%}
    {%- if bands is not none -%}
        {%- for row in run_query(
            "select attribute, max(band_order) + 1 as band_count from " ~ bands ~ " group by attribute order by attribute"
        ) -%}
            {%- if row["attribute"] in names -%}
                {%- do counts.update({row["attribute"]: row["band_count"] | int}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(counts) -}}
{%- endmacro %}
