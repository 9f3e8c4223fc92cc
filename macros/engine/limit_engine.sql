{#-
    DuckDB's own limits, from the environment: CHURN_ENGINE_THREADS, CHURN_MEMORY_LIMIT (as in 4GB)
    and CHURN_SPILL, the folder for what does not fit. Unset, DuckDB takes all cores and most of the
    memory, and spills beside the warehouse.
-#}
{% macro limit_engine() %}
    {%- if execute and target.type == "duckdb" -%}
        {%- set threads = env_var("CHURN_ENGINE_THREADS", "") -%}
        {%- set memory = env_var("CHURN_MEMORY_LIMIT", "") -%}
        {%- if threads -%}
            {%- do run_query("set global threads = " ~ (threads | int)) -%}
        {%- endif -%}
        {%- set spill = env_var("CHURN_SPILL", "") -%}
        {%- if spill -%}
            {%- do run_query("set global temp_directory = " ~ sql_text(spill)) -%}
        {%- endif -%}
        {%- if memory -%}
            {%- do run_query("set global memory_limit = " ~ sql_text(memory)) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
