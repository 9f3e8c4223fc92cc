{#-
    The comments of a table's columns. Every column is described and every description has its
    column, as tests make sure, so the table is not asked for its columns first.
-#}
{% macro duckdb__alter_column_comment(relation, column_dict) -%}
    {%- for name, column in column_dict.items() %}
    comment on column {{ relation }}.{{ quoted(name) }} is {{ duckdb_escape_comment(column.description) }};
    {%- endfor %}
{%- endmacro %}
