{#-
    A date as the days from it to the attribute's `days_before`; null where it is none. Dates are
    written as year-month-day, with a time or without, or as `date_format` says: as strptime takes
    it, or `epoch_ms` for milliseconds since 1970.
-#}
{% macro parse_days_before(column, attribute) -%}
    {{ adapter.dispatch("parse_days_before")(column, attribute) }}
{%- endmacro %}

{% macro default__parse_days_before(column, attribute) -%}
    {%- if attribute.date_format is defined and attribute.date_format == "epoch_ms" -%}
    {%- set day = "cast(epoch_ms(try_cast(" ~ column ~ " as bigint)) as date)" -%}
    {%- elif attribute.date_format is defined -%}
    {%- set day = "cast(try_strptime(" ~ column ~ ", " ~ sql_text(attribute.date_format) ~ ") as date)" -%}
    {%- else -%}
    {%- set day = "cast(try_cast(" ~ column ~ " as timestamp) as date)" -%}
    {%- endif -%}
    cast(date_diff('day', {{ day }}, date {{ sql_text(attribute.days_before) }}) as integer)
{%- endmacro %}

{% macro spark__parse_days_before(column, attribute) -%}
    {%- if attribute.date_format is defined -%}
        {%- do refuse("Spark reads dates as year-month-day; " ~ attribute.name ~ " has a date_format.") -%}
    {%- endif -%}
    datediff(date {{ sql_text(attribute.days_before) }}, to_date(try_cast({{ column }} as timestamp)))
{%- endmacro %}
