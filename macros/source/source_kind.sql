{#- What the source is: `parquet`, `duckdb` (file and table, as in bank.duckdb::customers), or `csv`.
    Spreadsheets are read by `churn` alone, which says that the text it made of one is a CSV. -#}
{% macro source_kind() -%}
    {%- set known = env_var("CHURN_SOURCE_KIND", "") -%}
    {%- set path = source_path().lower() -%}
    {%- if known -%}
        {{- return(known) -}}
    {%- elif execute and path.split("::")[0].endswith((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")) -%}
        {%- do refuse(source_path() ~ " is a spreadsheet, which dbt does not read. Use churn build.") -%}
    {%- elif "::" in path -%}
        {{- return("duckdb") -}}
    {%- endif -%}
    {{- return("parquet" if path.endswith((".parquet", ".pq")) else "csv") -}}
{%- endmacro %}
