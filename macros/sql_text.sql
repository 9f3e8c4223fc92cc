{#- A value as an SQL text literal: whatever it contains, it stays data. -#}
{% macro sql_text(value) -%}
    {{- return("'" ~ (value | string | replace("'", "''")) ~ "'") -}}
{%- endmacro %}
