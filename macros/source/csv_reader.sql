{#-
    How a CSV source is read, from its header line and the mapping: the names of columns, the options of `read_csv` and
    the number of lines up to the rows. `python_steps/intake/csv_reader.py` decides, for builds and drafts alike; the
    plugin in profiles.yml adds its functions to the connection.
-#}
{% macro csv_reader() %}
    {%- set known = run_query("select 1 from duckdb_functions() where function_name = 'churn_csv_reader'") -%}
    {%- if not known.rows -%}
        {%- do refuse(
            "Reading CSV files needs the plugin of this project. Add to your output in profiles.yml: plugins: [{module:"
            ~ " python_steps.intake.dbt_plugin}]."
        ) -%}
    {%- endif -%}
    {%- set first_lines = run_query("select churn_csv_first_lines(" ~ sql_text(source_files()) ~ ")") -%}
    {%- set lines = [] -%}
    {%- for line in run_query(first_lines.columns[0].values()[0]).columns[0].values() -%}
        {%- do lines.append(sql_text(line or "")) -%}
    {%- endfor -%}
    {%- set said = tojson(var("mapping").get("csv") or {}) -%}
    {%- set asked = run_query("select churn_csv_reader([" ~ lines | join(", ") ~ "], " ~ sql_text(said) ~ ")") -%}
    {%- set reader = fromjson(asked.columns[0].values()[0]) -%}
    {%- if reader is none -%}
        {%- do refuse(source_path() ~ " has no header line with column names.") -%}
    {%- endif -%}
    {%- do check_repeated_columns(reader) -%}
    {{- return(reader) -}}
{% endmacro %}

{#- Stops the build where the mapping names one of several columns of a name and says nothing of the others. -#}
{% macro check_repeated_columns(reader) -%}
    {%- set mapping = var("mapping") -%}
    {%- set used = mapping["columns"].values() | map("lower") | list -%}
    {%- set said = used + (mapping.get("keep_out") or []) | map("lower") | list -%}
    {%- if reader.clashing -%}
        {%- do refuse(source_path() ~ " has two columns named " ~ reader.clashing ~ ". Rename or remove one.") -%}
    {%- endif -%}
    {%- for name, others in reader.repeated.items() if name | lower in used -%}
        {%- for called in others if called | lower not in said -%}
            {%- do refuse(
                source_path() ~ " has two columns named " ~ name ~ ". Rename or remove one, or name both in the"
                ~ " mapping, under columns or keep_out: the second is called " ~ called ~ "."
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
