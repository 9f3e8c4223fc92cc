{#-
    The conditions of the catalogue of recommendations, in its order, read when a model is compiled:
    the model depends on `int_recommendations`, which has checked them. Empty before the first build.
-#}
{% macro recommendations() -%}
    {%- set found = [] -%}
    {%- set catalogue = built_relation("int_recommendations") -%}
    {%- if catalogue is not none -%}
        {%- for row in run_query("select condition from " ~ catalogue ~ " order by catalogue_order") -%}
            {%- do found.append(row["condition"]) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{%- endmacro %}
