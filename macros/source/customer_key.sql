{#-
    The mapping's key columns joined by `|`; a `|` inside a value is escaped, so keys never collide.
    Columns that are `digits` have none.
-#}
{% macro customer_key(digits=[]) -%}
    {%- for column in var("mapping")["key"] -%}
        {%- if not loop.first %} || '|' || {% endif -%}
        {%- if column in digits -%}
        {{ column }}_text
        {%- else -%}
        replace(
            replace({{ column }}_text, {{ sql_text("\\") }}, {{ sql_text("\\\\") }}), '|', {{ sql_text("\\|") }}
        )
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
