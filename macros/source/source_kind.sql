{#- What the source is: `parquet`, `duckdb` (file and table, as in bank.duckdb::customers), or `csv`. -#}
{% macro source_kind() -%}
    {%- set known = env_var("CHURN_SOURCE_KIND", "") -%}
    {%- set path = source_path().lower() -%}
    {%- if known -%}
        {{- return(known) -}}
    {%- elif "::" in path -%}
        {{- return("duckdb") -}}
    {%- endif -%}
    {{- return("parquet" if path.endswith((".parquet", ".pq")) else "csv") -}}
{%- endmacro %}
