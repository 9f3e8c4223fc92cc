{#- A value as an SQL text literal: whatever it contains, it stays data. -#}
{% macro sql_text(value) -%}
    {{- return(adapter.dispatch("sql_text")(value)) -}}
{%- endmacro %}

{% macro default__sql_text(value) -%}
    {{- return("'" ~ (value | string | replace("'", "''")) ~ "'") -}}
{%- endmacro %}

{#- In Spark a backslash begins an escape. -#}
{% macro spark__sql_text(value) -%}
    {{- return(default__sql_text(value | string | replace("\\", "\\\\"))) -}}
{%- endmacro %}

{#- A list of texts as SQL. -#}
{% macro sql_texts(values) -%}
    {%- set texts = [] -%}
    {%- for value in values -%}
        {%- do texts.append(sql_text(value)) -%}
    {%- endfor -%}
    {{- return("[" ~ texts | join(", ") ~ "]") -}}
{%- endmacro %}
