{#- The number of a row of the raw table, of those that could be split, over all files; Parquet numbers those of a file. -#}
{% macro parsed_row() -%}
    {{ "file_row_number" if source_kind() == "parquet" else "rowid" }} + 1
{%- endmacro %}
