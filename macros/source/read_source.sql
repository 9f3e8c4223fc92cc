{#-
    The source as a relation. A CSV is read as text with a fixed dialect, so that no value
    can stop the load; lines that do not fit the header go to the connection's `reject_errors`, whole: by default DuckDB
    keeps 10,000 characters, and a quote that never closes swallows more.
-#}
{% macro read_source() %}
    {{- adapter.dispatch("read_source")() -}}
{% endmacro %}

{% macro default__read_source() %}
    {%- do check_source_files() if source_kind() != "duckdb" -%}
    {%- if source_kind() == "parquet" -%}
        {%- do refuse_columns_of_the_reader() %}
        read_parquet({{ source_files() }}, filename = 'churn_source_file', file_row_number = true)
    {%- elif source_kind() == "duckdb" -%}
        {%- set _, table = source_path().split("::", 1) -%}
        {%- do attach_source() -%}
        {%- set columns = run_query("describe bank_source." ~ quoted_name(table)).columns[0].values() %}
        (
            select
                {%- for column in columns %}
                {{ quoted(column) }} as {{ quoted(loaded_name(column)) }},
                {%- endfor %}
                {{ sql_text(source_path()) }} as churn_source_file
            from bank_source.{{ quoted_name(table) }}
        )
    {%- else -%}
        {%- set reader = csv_reader() -%}
        read_csv(
            {{ source_files() }},
            {{ reader.options }},
            columns = {
                {%- for name in reader.names %}
                {{ sql_text(loaded_name(name)) }}: 'varchar'{{ "," if not loop.last }}
                {%- endfor %}
            },
            filename = 'churn_source_file',
            store_rejects = true,
            rejects_line_size_limit = 1000000000
        )
    {%- endif -%}
{% endmacro %}

{#- With Spark the source is Parquet. A local file has its plain path, as DuckDB says it. -#}
{% macro spark__read_source() %}
    {%- if source_kind() != "parquet" -%}
        {%- do refuse(
            "Spark reads Parquet, and " ~ source_path() ~ " is none. Write it as Parquet first."
        ) -%}
    {%- endif -%}
    (
        select
            *,
            regexp_replace(url_decode(_metadata.file_path), '^file:(//)?', '') as churn_source_file,
            _metadata.row_index as file_row_number
        from parquet.`{{ source_path() }}`
    )
{% endmacro %}

{#- Stops the build where a Parquet file has a column that its reader adds itself. -#}
{% macro refuse_columns_of_the_reader() %}
    {%- set taken = ["file_row_number", "churn_source_file"] -%}
    {%- set columns = run_query("describe select * from read_parquet(" ~ source_files() ~ ")").columns[0].values() -%}
    {%- for column in columns if column | lower in taken -%}
        {%- do refuse(
            source_path() ~ " has a column " ~ column ~ ", a name that reading Parquet needs for itself. Rename it."
        ) -%}
    {%- endfor -%}
{% endmacro %}
