{#- A table's name, with its schema before a dot or without, quoted so that it can be any text. -#}
{% macro quoted_name(name) -%}
    {%- set parts = [] -%}
    {%- for part in name.split(".") -%}
        {%- do parts.append(quoted(part)) -%}
    {%- endfor -%}
    {{- return(parts | join(".")) -}}
{%- endmacro %}
