{#- The numbers that the edges of an ordered attribute can have, 1 to as many as are configured. -#}
{% macro edge_numbers(attribute) -%}
    {%- set edges = var("band_quantiles") if attribute.bands == "quantiles" else attribute.bands -%}
    {{- return(range(1, edges | length + 1)) -}}
{%- endmacro %}
