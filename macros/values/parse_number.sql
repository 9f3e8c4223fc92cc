{#-
    Text to an exact decimal, null where it is no number or too large. Decimals make every sum
    exact, so that results do not depend on the order in which threads add. The limit of 1e11
    keeps the published doubles exact and sums of squares within 38 digits.
-#}
{% macro parse_number(column) -%}
    {%- set number = written_number(column) -%}
    case
        when abs({{ number }}) < 100000000000 then {{ number }}
    end
{%- endmacro %}
