{#- The texts of a column of `int_bands`, of those bands that meet a condition, as a list by band. -#}
{% macro in_band_order(column, condition) -%}
    {{ adapter.dispatch("in_band_order")(column, condition) }}
{%- endmacro %}

{% macro default__in_band_order(column, condition) -%}
    list({{ column }} order by band_order) filter (where {{ condition }})
{%- endmacro %}

{% macro spark__in_band_order(column, condition) -%}
    transform(
        array_sort(collect_list(struct(band_order, {{ column }} as element)) filter (where {{ condition }})),
        one -> one.element
    )
{%- endmacro %}
