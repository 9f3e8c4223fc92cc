{#-
    The fields of a CSV line as a list, without the quotes around them; a field without text is
    named after its place, as it can only be a column that has no name.
-#}
{% macro split_csv_line(line, separator, quote='"') -%}
    {%- set bar, mark = modules.re.escape(separator), modules.re.escape(quote) -%}
    {%- set field = "(?:^|" ~ bar ~ ")[ ]*(" ~ mark ~ "(?:[^" ~ mark ~ "]|" ~ mark ~ mark ~ ")*" ~ mark ~ "[ ]*|[^" ~ bar ~ "]*)" -%}
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
