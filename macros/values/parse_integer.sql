{#- Text to an integer, null where it is no number, has a fraction or is too large. -#}
{% macro parse_integer(column) -%}
    {#- With more places than numbers have, as 2.00001 is no integer. -#}
    {%- set number = written_number(column, "decimal(38, 18)") -%}
    case
        when {{ number }} = floor({{ number }}) then try_cast({{ number }} as integer)
    end
{%- endmacro %}
