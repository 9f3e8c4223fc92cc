{#-
    Whether a model that is built before this one has any row, asked when this one is compiled; true
    where it is not built yet. What is almost always empty need not cost a join.
-#}
{% macro may_have_rows(name) -%}
    {%- set relation = built_relation(name) -%}
    {{- return(relation is none or run_query("select 1 from " ~ relation ~ " limit 1").rows | length > 0) -}}
{%- endmacro %}
