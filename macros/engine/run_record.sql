{#-
    The table `churn_run` of the warehouse: one row about the last run of dbt, by which publishing
    knows whether the warehouse is whole, and what is published from it. As a hook this stands at the
    start of a run, so that one which never ends is known as such.
-#}
{% macro begin_run() -%}
    {%- if execute and writes_tables() -%}
    {%- if project_name == "bank_churn" and is_empty_database() -%}
    {#- What is marked may be replaced as a whole: it has nothing that dbt did not make here. -#}
    create or replace macro main.bank_churn_mark() as 'made by bank_churn';
    {%- endif %}
    {{ churn_run("unfinished", "dbt " ~ flags.WHICH ~ " has not come to its end") }}
    {%- endif -%}
{%- endmacro %}

{#- At the end of a run: whether it made every table and passed every test that a build asks. -#}
{% macro end_run(results) -%}
    {%- if execute and target.type == "duckdb" -%}
    {%- set failed = [] -%}
    {%- set done = [] -%}
    {%- for result in results -%}
        {%- if result.status | string in ["success", "pass", "warn"] -%}
            {%- do done.append(result.node.unique_id) -%}
        {%- elif result.status | string in ["error", "fail", "runtime error", "skipped", "partial success"] -%}
            {%- do failed.append(result.node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set left_out = [] -%}
    {%- for node in graph.nodes.values() if node.package_name == "bank_churn" -%}
        {%- set is_asked = node.resource_type in ["model", "seed"]
            or (node.resource_type == "test" and "code" not in node.tags) -%}
        {%- if is_asked and node.unique_id not in done -%}
            {%- do left_out.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if failed and flags.WHICH in ["build", "run", "seed", "test", "retry"] -%}
    {{ churn_run("failed", "dbt " ~ flags.WHICH ~ " failed in " ~ failed[:3] | join(", ")) }}
    {%- elif not writes_tables() -%}
    {#- Tests that pass leave a warehouse as whole as it was. -#}
    {%- elif flags.EMPTY -%}
    {{ churn_run("empty", "dbt " ~ flags.WHICH ~ " --empty made tables without rows") }}
    {%- elif left_out -%}
    {{ churn_run("partial", "dbt " ~ flags.WHICH ~ " left out " ~ left_out | length ~ " models or tests, such as " ~ left_out[0]) }}
    {%- else -%}
    {{ churn_run("whole", "", published_marts(results)) }}
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Whether the database has no table or view in any schema. -#}
{% macro is_empty_database() -%}
    {%- set query -%}
        select
            (select count(*) from duckdb_tables() where database_name = current_database())
            + (select count(*) from duckdb_views() where database_name = current_database() and not internal)
    {%- endset -%}
    {{- return(run_query(query).columns[0].values()[0] == 0) -}}
{%- endmacro %}

{#- The statement that writes the record. -#}
{% macro churn_run(status, detail, marts=[]) -%}
    create or replace table {{ target.schema }}.churn_run as
    select
        {{ sql_text(status) }} as status,
        {{ sql_text(detail) }} as detail,
        {{ sql_text(tojson(marts)) }} as marts
{%- endmacro %}

{#-
    What is to be published: each mart's name and place, what it is about as its `meta` says, and the
    query of those that are published as views.
-#}
{% macro published_marts(results) -%}
    {%- set models = [] -%}
    {%- for result in results -%}
        {%- if result.node.resource_type | string == "model" and result.node.fqn[:2] == ["bank_churn", "marts"] -%}
            {%- do models.append(result.node) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set marts = [] -%}
    {%- for node in models | sort(attribute="name") -%}
        {%- set meta = node.config.meta -%}
        {%- set view = namespace(query=node.compiled_code if meta.get("view") else "") -%}
        {#- A view of the published file is one of published tables. -#}
        {%- for other in models -%}
            {%- set view.query = view.query.replace(other.relation_name, 'main."' ~ other.name ~ '"') -%}
        {%- endfor -%}
        {%- do marts.append({
            "name": node.name,
            "schema": node.schema,
            "about": meta.get("about", ""),
            "view": view.query,
        }) -%}
    {%- endfor -%}
    {{- return(marts) -}}
{%- endmacro %}

{#- Whether this run of dbt makes tables, on DuckDB. -#}
{% macro writes_tables() -%}
    {{- return(target.type == "duckdb" and flags.WHICH in ["build", "run", "seed", "retry"]) -}}
{%- endmacro %}
