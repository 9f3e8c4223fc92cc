{#-
    A whole number that never falls as the value rises, and changes every 0.4% of it: fine enough that
    few customers share one, coarse enough to count them all.
-#}
{% macro quantile_bin(value) -%}
    cast(sign({{ value }}) * floor(256 * ln(1 + abs(cast({{ value }} as double)))) as integer)
{%- endmacro %}
