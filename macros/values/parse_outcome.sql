{#-
    Whether a customer left, from the bank's text: by its words for yes and no, or, with
    `churned_when_set`, by whether anything is written that is not no, such as the date of leaving. Null where it is
    neither.
-#}
{% macro parse_outcome(column, family="text", typed_column=none) -%}
    {%- if var("mapping").get("churned_when_set") -%}
    {%- set written = translate_value(column, "has_churned") %}
    case
        when {{ written }} is null then false
        when {{ parse_boolean(written) }} is not null then {{ parse_boolean(written) }}
        -- A date that no customer lives to see, or was born to, stands for none.
        else regexp_replace({{ written }}, '(^|[^0-9])(0000|0001|1900|2099|2100|2999|9999)([^0-9]|$)', '') = {{ written }}
    end
    {%- else -%}
    {{ parse_attribute(column, {"name": "has_churned", "type": "boolean"}, family, typed_column) }}
    {%- endif -%}
{%- endmacro %}
