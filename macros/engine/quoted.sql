{#- The name of a column as SQL: whatever it contains, it stays a name. -#}
{% macro quoted(name) -%}
    {{- return(adapter.dispatch("quoted")(name)) -}}
{%- endmacro %}

{% macro default__quoted(name) -%}
    {{- return('"' ~ (name | replace('"', '""')) ~ '"') -}}
{%- endmacro %}

{% macro spark__quoted(name) -%}
    {{- return("`" ~ (name | replace("`", "``")) ~ "`") -}}
{%- endmacro %}
