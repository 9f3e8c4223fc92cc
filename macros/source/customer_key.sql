{#-
    The mapping's key columns joined by `|`; a `|` inside a value is escaped, so keys never collide.
    Columns that are `digits` have none. Where rows are customers, it is the number of the row.
-#}
{% macro customer_key(digits=[]) -%}
    {%- if key_columns() == [] -%}
    {#- Rows of several Parquet files are numbered in each. -#}
    {%- if source_kind() == "parquet" and (fromjson(env_var("CHURN_SOURCE_FILES", "") or "[]") | length > 1) -%}
    regexp_extract(source_file, '[^/\\\\]+$') || ':' ||
    {%- endif %}
    cast(parsed_row as string)
    {%- endif -%}
    {%- for column in key_columns() -%}
        {%- if not loop.first %} || '|' || {% endif -%}
        {%- if column in digits -%}
        {{ column }}_text
        {%- else -%}
        replace(
            replace({{ column }}_text, {{ sql_text("\\") }}, {{ sql_text("\\\\") }}), '|', {{ sql_text("\\|") }}
        )
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- The columns of the key; none where each row is a customer (`key: row_number`). -#}
{% macro key_columns() -%}
    {%- set key = var("mapping")["key"] -%}
    {{- return([] if key in ["row_number", ["row_number"]] else key) -}}
{%- endmacro %}
