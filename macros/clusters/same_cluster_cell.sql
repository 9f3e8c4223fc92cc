{#- Whether two relations have the same bands of the attributes that take part in clustering. -#}
{% macro same_cluster_cell(one, other) -%}
    {%- for attribute in clustered_attributes() %}
        {{ "and " if not loop.first }}{{ one }}.{{ attribute.name }}_band_order = {{ other }}.{{ attribute.name }}_band_order
    {%- else %}
        true
    {%- endfor %}
{%- endmacro %}
