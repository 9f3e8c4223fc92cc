{#-
    The fields of a CSV line as a list, without the quotes around them; a field without text is
    named after its place, as it can only be a column that has no name.
-#}
{% macro split_csv_line(line, separator) -%}
    {%- set bar = modules.re.escape(separator) -%}
    {%- set field = '(?:^|' ~ bar ~ ')[ ]*("(?:[^"]|"")*"[ ]*|[^' ~ bar ~ ']*)' -%}
    {%- set fields = [] -%}
    {%- for written in modules.re.findall(field, line) -%}
        {%- set text = written.strip() -%}
        {%- if text.startswith('"') and text.endswith('"') and text | length > 1 -%}
            {%- set text = text[1:-1].replace('""', '"') -%}
        {%- endif -%}
        {%- do fields.append(text or "column_" ~ loop.index) -%}
    {%- endfor -%}
    {{- return(fields) -}}
{%- endmacro %}
