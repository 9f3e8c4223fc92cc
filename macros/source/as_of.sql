{#-
    The date that the table describes, as SQL: what CHURN_AS_OF says, or the `as_of` of the mapping, which
    is a date or names a source column of dates, of which the last is meant. Null where nobody said.
-#}
{% macro as_of() -%}
    {%- set said = (env_var("CHURN_AS_OF", "") or var("mapping").get("as_of") or "") | string | trim -%}
    {%- if not said or flags.EMPTY or not execute -%}
        {{- return("cast(null as date)") -}}
    {%- endif -%}
    {%- if modules.re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}$", said) -%}
        {%- set found = run_query("select try_cast(" ~ sql_text(said) ~ " as date) as day").rows[0]["day"] -%}
        {%- if found is none -%}
            {%- do refuse("as_of is " ~ said ~ ", which is no day. Write it as 2024-03-31.") -%}
        {%- endif -%}
    {%- else -%}
        {%- set found = last_day_of(ref("raw_customers"), said) -%}
    {%- endif -%}
    {{- return("cast(null as date)" if found is none else "date '" ~ found ~ "'") -}}
{%- endmacro %}

{#- The last day in a column of the raw table, among the rows that are meant; of a month its last day. -#}
{% macro last_day_of(relation, column) -%}
    {%- set present = adapter.get_columns_in_relation(relation) | map(attribute="name") | list -%}
    {%- if not present -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- if loaded_name(column) | lower not in present | map("lower") | list -%}
        {%- do refuse(
            source_path() ~ " has no column " ~ column ~ " (as_of). Write a day there as 2024-03-31, or name a "
            ~ "column: " ~ present | reject("equalto", "churn_source_file") | join(", ") ~ "."
        ) -%}
    {%- endif -%}
    {%- set look -%}
        with written as (
            select nullif(trim(cast({{ quoted(loaded_name(column)) }} as varchar)), '') as value
            from {{ relation }}
            where {{ chosen_rows(relation) }}
        ),

        days as (
            select
                value,
                case
                    when regexp_full_match(value, '\d{4}-\d{2}-\d{2}.*')
                        then cast(try_cast(value as timestamp) as date)
                    when regexp_full_match(value, '\d{8}') then cast(try_strptime(value, '%Y%m%d') as date)
                    when regexp_full_match(value, '\d{4}-?\d{2}')
                        then last_day(cast(try_strptime(replace(value, '-', '') || '01', '%Y%m%d') as date))
                end as day
            from written
        )

        select
            max(day) as day,
            count(value) as filled,
            min(value) filter (where day is null) as other
        from days
    {%- endset -%}
    {%- set seen = run_query(look).rows[0] -%}
    {%- if seen["other"] is not none -%}
        {%- do refuse(
            "as_of: " ~ column ~ " has values that are no day, such as " ~ seen["other"] ~ ". Days are written as "
            ~ "2024-03-31 and months as 2024-03. Say the day itself: as_of: 2024-03-31 in the mapping, or --as-of."
        ) -%}
    {%- endif -%}
    {{- return(seen["day"]) -}}
{%- endmacro %}
