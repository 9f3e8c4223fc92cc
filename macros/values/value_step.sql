{#-
    The number of three digits at or below a value, or the whole one of what people count in wholes: fine
    enough for any finding, and few enough to count the customers at each. In ten-thousandths, which are
    whole numbers and divide exactly.
-#}
{% macro value_step(attribute) -%}
    {%- set whole = "cast(round(cast(" ~ attribute.name ~ " as double) * 10000) as bigint)" -%}
    {%- set least = 10000 if attribute.type == "integer" or attribute.unit == "years" else 1 -%}
    {#- Half a ten-thousandth more keeps the logarithm of a power of ten from falling below it. -#}
    {%- set width = "cast(greatest(pow(10, floor(log10(abs(" ~ whole ~ ") + 0.5)) - 2), " ~ least ~ ") as bigint)" -%}
    {%- set below = "(case when " ~ whole ~ " >= 0 then " ~ whole ~ " // " ~ width
        ~ " else -((" ~ width ~ " - 1 - " ~ whole ~ ") // " ~ width ~ ") end * " ~ width ~ ")" -%}
    cast({{ below }} as double) / 10000
{%- endmacro %}
