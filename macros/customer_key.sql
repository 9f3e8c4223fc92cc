{#- The mapping's key columns joined by `|`; a `|` inside a value is escaped, so keys never collide. -#}
{% macro customer_key() -%}
    {%- for column in var("mapping")["key"] -%}
        {%- if not loop.first %} || '|' || {% endif -%}
        replace(replace({{ column }}_text, '\', '\\'), '|', '\|')
    {%- endfor -%}
{%- endmacro %}
