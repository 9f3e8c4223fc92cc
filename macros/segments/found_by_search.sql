{#-
    A table that Python made from the cube: the boundary from DuckDB to Spark. DuckDB has it; for Spark
    it was written as Parquet.
-#}
{% macro found_by_search(name) -%}
    {%- if target.type == "spark" -%}
    parquet.`{{ env_var("CHURN_SPARK_TABLES", "spark") }}/found/{{ name }}.parquet`
    {%- else -%}
    {{ ref(name) }}
    {%- endif -%}
{%- endmacro %}
