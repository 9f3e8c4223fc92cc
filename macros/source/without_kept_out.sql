{#-
    Empties the columns that the mapping keeps out. Line breaks inside their values stay, as the
    lines of the source are counted.
-#}
{% macro without_kept_out() -%}
    {%- do need_vars() -%}
    {%- set kept_out = var("mapping").get("keep_out") or [] -%}
    {%- if kept_out and execute -%}
    {%- set present = run_query("describe select * from " ~ read_source()).columns[0].values() -%}
    {%- for column in kept_out if loaded_name(column) | lower not in present | map("lower") | list -%}
        {%- do refuse(
            source_path() ~ " has no column " ~ column ~ " (keep_out). It has: "
            ~ present | reject("equalto", "churn_source_file") | join(", ")
        ) -%}
    {%- endfor -%}
    replace (
        {%- for column in kept_out %}
        regexp_replace(cast({{ quoted(loaded_name(column)) }} as varchar), '[^\n]+', '', 'g') as {{ quoted(loaded_name(column)) }}
        {{- "," if not loop.last }}
        {%- endfor %}
    )
    {%- endif -%}
{%- endmacro %}
