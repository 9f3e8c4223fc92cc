{#- Text to true or false, null where it is neither. -#}
{% macro parse_boolean(column) -%}
    case
        when lower({{ column }}) in ('1', '1.0', 'true', 't', 'yes', 'y') then true
        when lower({{ column }}) in ('0', '0.0', 'false', 'f', 'no', 'n') then false
    end
{%- endmacro %}
