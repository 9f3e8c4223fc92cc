{#-
    DuckDB's own limits, from the environment: CHURN_ENGINE_THREADS and CHURN_MEMORY_LIMIT (as in
    4GB). Unset, DuckDB takes all cores and most of the memory.
-#}
{% macro limit_engine() %}
    {%- if execute -%}
        {%- set threads = env_var("CHURN_ENGINE_THREADS", "") -%}
        {%- set memory = env_var("CHURN_MEMORY_LIMIT", "") -%}
        {%- if threads -%}
            {%- do run_query("set global threads = " ~ (threads | int)) -%}
        {%- endif -%}
        {%- if memory -%}
            {%- do run_query("set global memory_limit = " ~ sql_text(memory)) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
