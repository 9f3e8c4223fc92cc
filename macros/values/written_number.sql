{#-
    A number as the bank writes it: with the decimal sign of the mapping, and with blanks between
    groups of three digits or without; below zero with a minus before or behind, or in brackets, as
    accountants write it. Any other text is null; a comma is never guessed to be one or the other.
-#}
{% macro written_number(column, type="decimal(18, 4)") -%}
    {{ adapter.dispatch("written_number")(column, type) }}
{%- endmacro %}

{% macro default__written_number(column, type) -%}
    {%- set csv = var("mapping").get("csv") or {} -%}
    {%- set written = without_signs(column, csv.get("signs") or "") -%}
    {%- if csv.get("thousands") in [".", ",", "'", "’"] -%}
        {%- set written = "replace(" ~ written ~ ", " ~ sql_text(csv.thousands) ~ ", '')" -%}
    {%- endif -%}
    {%- if csv.get("decimal") == "," -%}
        {#- A point is one of decimals too, but where it may stand between thousands. -#}
        {%- set written = "case when not regexp_full_match(" ~ written ~ ", '[(+-]?[0-9]{1,3}[.][0-9]{3}[)-]?|.*[.].*[.,].*|.*,.*[.].*') "
            ~ "then replace(" ~ written ~ ", ',', '.') end" -%}
    {%- endif -%}
    {%- set blank = " \\x{00A0}\\x{202F}" -%}
    {%- set grouped = "[0-9]{1,3}([" ~ blank ~ "][0-9]{3})+([.][0-9]+)?" -%}
    {%- set number = "([0-9]+([.][0-9]+)?|" ~ grouped ~ ")" -%}
    coalesce(
        try_cast({{ written }} as {{ type }}),
        case
            when regexp_full_match({{ written }}, '[+-]?{{ grouped }}')
                then try_cast(regexp_replace({{ written }}, '[{{ blank }}]', '', 'g') as {{ type }})
            when regexp_full_match({{ written }}, '[(]{{ number }}[)]|{{ number }}-')
                then try_cast('-' || regexp_replace({{ written }}, '[(){{ blank }}-]', '', 'g') as {{ type }})
        end
    )
{%- endmacro %}

{#- Spark takes digits of every script and suffixes of Java for numbers, so the form is looked at first. -#}
{% macro spark__written_number(column, type) -%}
    {%- set csv = var("mapping").get("csv") or {} -%}
    {%- if csv.get("thousands") or csv.get("decimal") or csv.get("signs") -%}
        {%- do refuse("Decimal signs, thousands and signs around numbers are of CSV files; Spark reads Parquet.") -%}
    {%- endif -%}
    {%- set blank = " \\\\u00A0\\\\u202F" -%}
    {%- set grouped = "[0-9]{1,3}([" ~ blank ~ "][0-9]{3})+([.][0-9]+)?" -%}
    {%- set number = "([0-9]+([.][0-9]+)?|" ~ grouped ~ ")" -%}
    case
        when {{ column }} rlike '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'
            then try_cast({{ column }} as {{ type }})
        when {{ column }} rlike '^[+-]?{{ grouped }}$'
            then try_cast(regexp_replace({{ column }}, '[{{ blank }}]', '') as {{ type }})
        when {{ column }} rlike '^([(]{{ number }}[)]|{{ number }}-)$'
            then try_cast(concat('-', regexp_replace({{ column }}, '[(){{ blank }}-]', '')) as {{ type }})
    end
{%- endmacro %}

{#-
    SQL for a text without what may stand around a number: the signs of a text, or the words of a list,
    the longest first, as a longer one may hold a shorter.
-#}
{% macro without_signs(column, signs) -%}
    {%- set by_length = [] -%}
    {%- for sign in signs -%}
        {%- do by_length.append([-(sign | length), sign]) -%}
    {%- endfor -%}
    {%- set bare = namespace(sql=column) -%}
    {%- for _, sign in by_length | sort -%}
        {%- set bare.sql = "replace(" ~ bare.sql ~ ", " ~ sql_text(sign) ~ ", '')" -%}
    {%- endfor -%}
    {{- return("trim(" ~ bare.sql ~ ")" if signs else column) -}}
{%- endmacro %}
