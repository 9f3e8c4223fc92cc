{#- Stops the build where there is no file: DuckDB would look for a folder of that name instead. -#}
{% macro check_source_files() %}
    {%- set found = run_query("select count(*) from glob(" ~ source_files() ~ ")") -%}
    {%- if found.columns[0].values()[0] == 0 -%}
        {%- do refuse("There is no file " ~ source_path() ~ ". Set CHURN_SOURCE to the bank's table.") -%}
    {%- endif -%}
{% endmacro %}
