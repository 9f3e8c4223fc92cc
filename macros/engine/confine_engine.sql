{#-
    From here on the engine opens the files of the source and of seeds, and no others, loads no
    extension, and nothing changes that: a view in a bank's database may read any file, and so may
    any SQL. Only where this project is the one that runs: a project that has it as a package may
    need more.
-#}
{% macro confine_engine() %}
    {%- if execute and target.type == "duckdb" and project_name == "bank_churn" -%}
        {%- set files = [] -%}
        {%- for seed in graph.nodes.values() if seed.resource_type == "seed" -%}
            {%- do files.append(seed.root_path ~ "/" ~ seed.original_file_path) -%}
        {%- endfor -%}
        {%- if source_kind() == "duckdb" -%}
            {#- Once it is loaded, tests need it no more. -#}
            {%- do attach_source() if writes_tables() -%}
        {%- else -%}
            {#- A pattern is looked up as such, also where it finds nothing, and what it finds is opened. -#}
            {%- set found = "select unnest(" ~ source_files() ~ ") union all select file from glob(" ~ source_files() ~ ")" -%}
            {%- do files.extend(run_query(found).columns[0].values()) -%}
        {%- endif -%}
        {%- set spark = env_var("CHURN_SPARK_TABLES", "") -%}
        {%- do run_query("set global allowed_paths = " ~ sql_texts(files)) -%}
        {%- do run_query("set global allowed_directories = " ~ sql_texts([spark] if spark else [])) -%}
        {%- do run_query("set global enable_external_access = false") -%}
        {%- do run_query("set global lock_configuration = true") -%}
    {%- endif -%}
{% endmacro %}

{#- The bank's DuckDB file as the database `bank_source`. -#}
{% macro attach_source() %}
    {%- set attached = run_query("select count(*) from duckdb_databases() where database_name = 'bank_source'") -%}
    {%- if attached.columns[0].values()[0] == 0 -%}
        {%- set file, _ = source_path().split("::", 1) -%}
        {%- do run_query("attach if not exists " ~ sql_text(file) ~ " as bank_source (read_only)") -%}
    {%- endif -%}
{% endmacro %}
