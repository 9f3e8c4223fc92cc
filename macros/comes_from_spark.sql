{#-
    Whether this build takes what Spark made of the customers, instead of making it. CHURN_SPARK is the
    folder in which Spark keeps its tables.
-#}
{% macro comes_from_spark() -%}
    {{- return(target.type == "duckdb" and env_var("CHURN_SPARK", "") != "") -}}
{%- endmacro %}
