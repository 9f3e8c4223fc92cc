{#-
    The fields of a CSV record as a list, without the quotes around them; a field without text is
    named after its place, as it can only be a column that has no name.
-#}
{% macro split_csv_line(line, separator, quote='"') -%}
    {%- set bar = modules.re.escape(separator) -%}
    {%- set field = "(?:^|" ~ bar ~ ")(" ~ quoted_csv_field(quote) ~ "|[^" ~ bar ~ "]*)" -%}
    {%- set fields = [] -%}
    {%- for written in modules.re.findall(field, line) -%}
        {%- set text = written.strip() -%}
        {%- if text.startswith(quote) and text.endswith(quote) and text | length > 1 -%}
            {%- set text = text[1:-1].replace(quote ~ quote, quote) -%}
        {%- endif -%}
        {%- do fields.append(text or "column_" ~ loop.index) -%}
    {%- endfor -%}
    {{- return(fields) -}}
{%- endmacro %}

{#- Whether no quote is open at the end of a text, so that it is a record and not the beginning of one. -#}
{% macro is_whole_csv_record(text, separator, quote='"') -%}
    {%- set bar, mark = modules.re.escape(separator), modules.re.escape(quote) -%}
    {%- set field = "(?:" ~ quoted_csv_field(quote) ~ "|[ ]*(?:[^ " ~ mark ~ bar ~ "][^" ~ bar ~ "]*)?)" -%}
    {{- return(modules.re.fullmatch(field ~ "(?:" ~ bar ~ field ~ ")*", text) is not none) -}}
{%- endmacro %}

{#- A regular expression for a field between quotes. -#}
{% macro quoted_csv_field(quote) -%}
    {%- set mark = modules.re.escape(quote) -%}
    {{- return("[ ]*" ~ mark ~ "(?:[^" ~ mark ~ "]|" ~ mark ~ mark ~ ")*" ~ mark ~ "[ ]*") -}}
{%- endmacro %}
