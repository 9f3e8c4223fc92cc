{#-
    Which rows of the raw table are meant, where it has several of a customer, as one for each month:
    those of the mapping's `rows`, which names columns and for each a value, `latest`, or
    `latest_of_each`, which takes the last row of each customer.
-#}
{% macro chosen_rows(relation) -%}
    {{- return(chosen_values(relation) | map(attribute="condition") | join(" and ") or "true") -}}
{%- endmacro %}

{#-
    Of each column of `rows`: its name, the value that is meant, in words where each customer has
    another, and the SQL condition. None where all rows are meant, or there are none.
-#}
{% macro chosen_values(relation) -%}
    {%- set chosen = [] -%}
    {%- set present = adapter.get_columns_in_relation(relation) | map(attribute="name") | list
        if execute and not flags.EMPTY and var("mapping").get("rows") else [] -%}
    {%- for column, wanted in (var("mapping").get("rows") or {}).items() if present -%}
        {%- if loaded_name(column) | lower not in present | map("lower") | list -%}
            {%- do refuse(
                source_path() ~ " has no column " ~ column ~ " (rows). It has: "
                ~ present | reject("equalto", "churn_source_file") | join(", ") ~ "."
            ) -%}
        {%- endif -%}
        {%- set text = "trim(cast(" ~ quoted(loaded_name(column)) ~ " as string))" -%}
        {%- set among = chosen | map(attribute="condition") | join(" and ") or "true" -%}
        {%- set seen = values_of_rows(relation, column, text, wanted | string, among) -%}
        {%- if seen.value is not none and wanted | string == "latest_of_each" -%}
            {%- set key = customer_columns() -%}
            {%- set order = "try_cast(" ~ text ~ " as double)" if seen.is_number else text -%}
            {%- do chosen.append({
                "column": column, "value": "the last of each customer",
                "condition": "((" ~ key ~ ", " ~ order ~ ") in (select " ~ key ~ ", max(" ~ order ~ ") from "
                ~ relation ~ " where " ~ among ~ " group by " ~ key ~ "))",
            }) -%}
        {%- elif seen.value is not none -%}
            {%- do chosen.append({
                "column": column, "value": seen.value, "condition": text ~ " = " ~ sql_text(seen.value),
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(chosen) -}}
{%- endmacro %}

{#- The source columns of the key, as the loaded table has them. -#}
{% macro customer_columns() -%}
    {%- if key_columns() == [] -%}
        {%- do refuse("rows: latest_of_each needs a key that says who a customer is; it is row_number.") -%}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for attribute in key_columns() -%}
        {%- do columns.append(quoted(loaded_name(var("mapping")["columns"][attribute]))) -%}
    {%- endfor -%}
    {{- return(columns | join(", ")) -}}
{%- endmacro %}

{#-
    The value of a column that is meant, among some rows, and whether the column holds numbers; the
    value is none where there is none. Numbers are in their order, and texts that begin with a year
    and are equally long.
-#}
{% macro values_of_rows(relation, column, text, wanted, among) -%}
    {%- set look -%}
        with written as (
            select nullif({{ text }}, '') as value
            from {{ relation }}
            where {{ among }}
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
    {%- set is_number = seen["numbers"] == seen["filled"] -%}
    {%- if not seen["filled"] -%}
        {{- return({"value": none}) -}}
    {%- elif wanted not in ["latest", "latest_of_each"] -%}
        {%- if not seen["found"] -%}
            {%- do refuse(
                source_path() ~ " has no row whose " ~ column ~ " is " ~ wanted ~ " (rows). It has values from "
                ~ seen["earliest"] ~ " to " ~ seen["latest"] ~ "."
            ) -%}
        {%- endif -%}
        {{- return({"value": wanted, "is_number": is_number}) -}}
    {%- elif not is_number and (seen["years"] != seen["filled"] or seen["differ"]) -%}
        {%- do refuse(
            "Which " ~ column ~ " is the latest cannot be told from its text, such as " ~ seen["latest"]
            ~ ". Name the one that is meant: rows: {" ~ column ~ ': "' ~ seen["latest"] ~ '"} in the mapping.'
        ) -%}
    {%- endif -%}
    {{- return({
        "value": seen["latest_number"] if is_number else seen["latest"], "is_number": is_number,
    }) -}}
{%- endmacro %}
