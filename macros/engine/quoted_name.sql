{#- A table's name, with its schema before a dot or without, quoted so that it can be any text. -#}
{% macro quoted_name(name) -%}
    {%- set quoted = [] -%}
    {%- for part in name.split(".") -%}
        {%- do quoted.append('"' ~ part.replace('"', '""') ~ '"') -%}
    {%- endfor -%}
    {{- return(quoted | join(".")) -}}
{%- endmacro %}
