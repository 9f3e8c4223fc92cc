{#-
    What a column of the bank's is called once it is loaded: two names are taken by then. Parquet is
    loaded as it is, see `refuse_columns_of_the_reader`.
-#}
{% macro loaded_name(column) -%}
    {%- set is_taken = column | lower in ["rowid", "churn_source_file"] and source_kind() != "parquet" -%}
    {{- return(column ~ "_" if is_taken else column) -}}
{%- endmacro %}
