{#- Text to an integer, null where it is no number, has a fraction or is too large. -#}
{% macro parse_integer(column) -%}
    case
        when try_cast({{ column }} as decimal(18, 4)) = floor(try_cast({{ column }} as decimal(18, 4)))
            then try_cast(try_cast({{ column }} as decimal(18, 4)) as integer)
    end
{%- endmacro %}
