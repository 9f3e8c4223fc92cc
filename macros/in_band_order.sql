{#- The texts of a column of `int_bands`, of those bands that meet a condition, as a list by band. -#}
{% macro in_band_order(column, condition) -%}
    list({{ column }} order by band_order) filter (where {{ condition }})
{%- endmacro %}
