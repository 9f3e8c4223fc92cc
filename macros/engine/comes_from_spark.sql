{#-
    Whether this build takes what Spark made of the customers, instead of making it. Only
    `churn build` sets CHURN_SPARK_TABLES, the folder in which Spark has just made its tables.
-#}
{% macro comes_from_spark() -%}
    {{- return(target.type == "duckdb" and env_var("CHURN_SPARK_TABLES", "") != "") -}}
{%- endmacro %}
