{#- The bank's file as configured, or the sample that the project ships. -#}
{% macro source_path() -%}
    {{- return(env_var("CHURN_SOURCE", "") or project_folder() ~ "seeds/sample/customers.csv") -}}
{%- endmacro %}

{#-
    The source's files as the engine takes them: those that `churn` listed, by name, or else the path,
    which may be a pattern.
-#}
{% macro source_files() -%}
    {%- set listed = fromjson(env_var("CHURN_SOURCE_FILES", "") or "[]") -%}
    {{- return(sql_texts(listed or [source_path()])) -}}
{%- endmacro %}

{#-
    This project's folder, also where it is a package of another project; empty while dbt parses. Of
    all nodes only seeds know where their project lies.
-#}
{% macro project_folder() -%}
    {%- set seed = graph.nodes.get("seed.bank_churn.recommendation_catalogue") if execute -%}
    {{- return(seed.root_path ~ "/" if seed else "") -}}
{%- endmacro %}

{#- The folder of a source file as the bank knows it, where its text had to be written anew. -#}
{% macro original_path(column) -%}
    {%- set stand_in = env_var("CHURN_STAND_IN", "") -%}
    {%- if stand_in -%}
    replace({{ column }}, {{ sql_text(stand_in) }}, {{ sql_text(env_var("CHURN_ORIGINAL")) }})
    {%- else -%}
    {{ column }}
    {%- endif -%}
{%- endmacro %}
