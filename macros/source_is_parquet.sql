{% macro source_is_parquet() -%}
    {%- set path = source_path().lower() -%}
    {{- return(path.endswith(".parquet") or path.endswith(".pq")) -}}
{%- endmacro %}
