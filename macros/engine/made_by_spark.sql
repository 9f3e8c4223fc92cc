{#- The table of this model as Spark made it: the boundary from Spark to DuckDB. -#}
{% macro made_by_spark() -%}
    read_parquet({{ sql_text(env_var("CHURN_SPARK_TABLES") ~ "/warehouse/churn.db/" ~ this.identifier ~ "/*.parquet") }})
{%- endmacro %}
