{#-
    Which rows of the raw table are meant, where it has several of a customer, as one for each month:
    those of the mapping's `rows`, which names a column and a value, or the latest.
-#}
{% macro chosen_rows(relation) -%}
    {%- set value = chosen_value(relation) -%}
    {%- if value is none -%}
    true
    {%- else -%}
    trim(cast({{ quoted(loaded_name(rows_column())) }} as string)) = {{ sql_text(value) }}
    {%- endif -%}
{%- endmacro %}

{#- The column by which `rows` chooses; none where all rows are meant. -#}
{% macro rows_column() -%}
    {{- return(((var("mapping").get("rows") or {}).keys() | list + [none]) | first) -}}
{%- endmacro %}

{#- The value that the rows which are meant have in it; none where all are meant, or there are none. -#}
{% macro chosen_value(relation) -%}
    {%- set column = rows_column() -%}
    {%- if column is none or not execute or flags.EMPTY -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- set present = adapter.get_columns_in_relation(relation) | map(attribute="name") | list -%}
    {%- if not present -%}
        {{- return(none) -}}
    {%- elif loaded_name(column) | lower not in present | map("lower") | list -%}
        {%- do refuse(
            source_path() ~ " has no column " ~ column ~ " (rows). It has: "
            ~ present | reject("equalto", "churn_source_file") | join(", ") ~ "."
        ) -%}
    {%- endif -%}
    {%- set wanted = var("mapping")["rows"][column] | string -%}
    {#- Numbers are in their order, and texts that begin with a year and are equally long. -#}
    {%- set look -%}
        with written as (
            select nullif(trim(cast({{ quoted(loaded_name(column)) }} as string)), '') as value
            from {{ relation }}
        )

        select
            count(value) as filled,
            count(try_cast(value as double)) as numbers,
            sum(case when substring(value, 1, 5) between '1900-' and '2100/' then 1 else 0 end) as years,
            max(length(value)) - min(length(value)) as differ,
            max_by(value, try_cast(value as double)) as latest_number,
            max(value) as latest,
            min(value) as earliest,
            sum(case when value = {{ sql_text(wanted) }} then 1 else 0 end) as found
        from written
    {%- endset -%}
    {%- set seen = run_query(look).rows[0] -%}
    {%- if not seen["filled"] -%}
        {{- return(none) -}}
    {%- elif wanted != "latest" -%}
        {%- if not seen["found"] -%}
            {%- do refuse(
                source_path() ~ " has no row whose " ~ column ~ " is " ~ wanted ~ " (rows). It has values from "
                ~ seen["earliest"] ~ " to " ~ seen["latest"] ~ "."
            ) -%}
        {%- endif -%}
        {{- return(wanted) -}}
    {%- elif seen["numbers"] == seen["filled"] -%}
        {{- return(seen["latest_number"]) -}}
    {%- elif seen["years"] == seen["filled"] and not seen["differ"] -%}
        {{- return(seen["latest"]) -}}
    {%- endif -%}
    {%- do refuse(
        "Which " ~ column ~ " is the latest cannot be told from its text, such as " ~ seen["latest"]
        ~ ". Name the one that is meant: rows: {" ~ column ~ ': "' ~ seen["latest"] ~ '"} in the mapping.'
    ) -%}
{%- endmacro %}
