{#-
    A number as the bank writes it: with the decimal sign of the mapping, and with blanks between
    groups of three digits or without. Any other text is null; a comma is never guessed to be one or
    the other.
-#}
{% macro written_number(column, type="decimal(18, 4)") -%}
    {{ adapter.dispatch("written_number")(column, type) }}
{%- endmacro %}

{% macro default__written_number(column, type) -%}
    {%- set csv = var("mapping").get("csv") or {} -%}
    {%- set written = column -%}
    {%- if csv.get("signs") -%}
        {%- set written = "trim(translate(" ~ written ~ ", " ~ sql_text(csv.signs) ~ ", ''))" -%}
    {%- endif -%}
    {%- if csv.get("thousands") in [".", ",", "'"] -%}
        {%- set written = "replace(" ~ written ~ ", " ~ sql_text(csv.thousands) ~ ", '')" -%}
    {%- endif -%}
    {%- if csv.get("decimal") == "," -%}
        {#- A point is one of decimals too, but where it may stand between thousands. -#}
        {%- set written = "case when not regexp_full_match(" ~ written ~ ", '[+-]?[0-9]{1,3}[.][0-9]{3}|.*[.].*[.,].*|.*,.*[.].*') "
            ~ "then replace(" ~ written ~ ", ',', '.') end" -%}
    {%- endif -%}
    coalesce(
        try_cast({{ written }} as {{ type }}),
        case
            when regexp_full_match({{ written }}, '[+-]?[0-9]{1,3}([ \x{00A0}\x{202F}][0-9]{3})+([.][0-9]+)?')
                then try_cast(regexp_replace({{ written }}, '[ \x{00A0}\x{202F}]', '', 'g') as {{ type }})
        end
    )
{%- endmacro %}

{#- Spark takes digits of every script and suffixes of Java for numbers, so the form is looked at first. -#}
{% macro spark__written_number(column, type) -%}
    {%- set csv = var("mapping").get("csv") or {} -%}
    {%- if csv.get("thousands") or csv.get("decimal") -%}
        {%- do refuse("Decimal signs and thousands are of CSV files; Spark reads Parquet.") -%}
    {%- endif -%}
    case
        when {{ column }} rlike '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'
            then try_cast({{ column }} as {{ type }})
        when {{ column }} rlike '^[+-]?[0-9]{1,3}([ \\u00A0\\u202F][0-9]{3})+([.][0-9]+)?$'
            then try_cast(regexp_replace({{ column }}, '[ \\u00A0\\u202F]', '') as {{ type }})
    end
{%- endmacro %}
