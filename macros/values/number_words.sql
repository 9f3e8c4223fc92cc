{#- A number as people write it: money in thousands and millions, no trailing zeros. -#}
{% macro number_words(value, unit) -%}
    {%- set plain = "regexp_replace(cast(cast(VALUE as decimal(38, 6)) as string), '[.]?0+$', '')" -%}
    {%- if unit == "money" -%}
    case
        when abs({{ value }}) >= 1000000
            then {{ plain | replace("VALUE", value ~ " / 1000000") }} || ' million'
        when abs({{ value }}) >= 10000
            then {{ plain | replace("VALUE", value ~ " / 1000") }} || ' thousand'
        else {{ plain | replace("VALUE", value) }}
    end
    {%- else -%}
    {{ plain | replace("VALUE", value) }}
    {%- endif -%}
{%- endmacro %}
