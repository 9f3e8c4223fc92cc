{#- A double from Python: NaN means that nothing could be computed, which SQL says with null. -#}
{% macro null_if_nan(column) -%}
    case when not isnan({{ column }}) then {{ column }} end
{%- endmacro %}
