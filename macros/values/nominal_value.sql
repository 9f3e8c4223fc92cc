{#- The value of a nominal attribute as text: yes and no for booleans. -#}
{% macro nominal_value(attribute, relation=none) -%}
    {%- set column = (relation ~ "." if relation else "") ~ attribute.name -%}
    {%- if attribute.type == "boolean" -%}
    case when {{ column }} then 'yes' when not {{ column }} then 'no' end
    {%- else -%}
    {{ column }}
    {%- endif -%}
{%- endmacro %}
