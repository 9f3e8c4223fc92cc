{#- Text to an integer, null where it is no number, has a fraction or is too large. -#}
{% macro parse_integer(column) -%}
    {%- set number = written_number(column) -%}
    case
        when {{ number }} = floor({{ number }}) then try_cast({{ number }} as integer)
    end
{%- endmacro %}
