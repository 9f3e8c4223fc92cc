{#-
    The bank's text as the attribute's type, null where it cannot be read as such. Where the source
    holds numbers, or yes and no, of a `family` other than text, the value itself is taken.
-#}
{% macro parse_attribute(column, attribute, family="text", typed_column=none) -%}
    {%- set parsers = {"number": parse_number, "integer": parse_integer, "boolean": parse_boolean} -%}
    {%- set fitting = {"number": ["whole", "fractional"], "integer": ["whole", "fractional"], "boolean": ["boolean", "whole"]} -%}
    {%- set translated = attribute.name in (var("mapping")["values"] or {}) -%}
    {%- if attribute.days_before is defined -%}
    {{ parse_days_before(translate_value(column, attribute.name), attribute) }}
    {%- elif family in fitting.get(attribute.type, []) and not translated -%}
    {{ parse_typed(typed_column, attribute.type, family) }}
    {%- elif attribute.type in parsers -%}
    {{ parsers[attribute.type](translate_value(column, attribute.name)) }}
    {%- else -%}
    {{ translate_value(column, attribute.name) }}
    {%- endif -%}
{%- endmacro %}
