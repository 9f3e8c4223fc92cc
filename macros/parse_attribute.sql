{#- The bank's text as the attribute's type, null where it cannot be read as such. -#}
{% macro parse_attribute(column, attribute) -%}
    {%- set parsers = {"number": parse_number, "integer": parse_integer, "boolean": parse_boolean} -%}
    {%- if attribute.type in parsers -%}
    {{ parsers[attribute.type](translate_value(column, attribute.name)) }}
    {%- else -%}
    {{ translate_value(column, attribute.name) }}
    {%- endif -%}
{%- endmacro %}
