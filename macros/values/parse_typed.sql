{#-
    A value that the source holds as a number or as yes and no, as the attribute's type: what its text
    would give, without the detour. Null where it is none, as infinities are.
-#}
{% macro parse_typed(column, type, family) -%}
    {%- if type == "boolean" and family == "boolean" -%}
    {{ column }}
    {%- elif type == "boolean" -%}
    case
        when {{ column }} = 1 then true
        when {{ column }} = 0 then false
    end
    {%- elif type == "integer" -%}
    case
        when
            {{ column }} >= -2147483648 and {{ column }} <= 2147483647
            {{ "and " ~ column ~ " = floor(" ~ column ~ ")" if family == "fractional" }}
            then cast({{ column }} as integer)
    end
    {%- else -%}
    case
        when {{ column }} > -100000000000 and {{ column }} < 100000000000 then cast({{ column }} as decimal(18, 4))
    end
    {%- endif -%}
{%- endmacro %}
