{#-
    Whether a customer left, from the bank's text: by its words for yes and no, or, with
    `churned_when_set`, by whether anything is written, such as the date of leaving. Null where it is
    neither.
-#}
{% macro parse_outcome(column, family="text", typed_column=none) -%}
    {%- if var("mapping").get("churned_when_set") -%}
    {{ column }} is not null
    {%- else -%}
    {{ parse_attribute(column, {"name": "has_churned", "type": "boolean"}, family, typed_column) }}
    {%- endif -%}
{%- endmacro %}
