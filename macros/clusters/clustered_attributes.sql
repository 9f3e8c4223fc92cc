{#- The attributes that take part in clustering, in order. -#}
{% macro clustered_attributes() -%}
    {%- set clustered = [] -%}
    {%- for attribute in attributes() if attribute.name in var("cluster_attributes") -%}
        {%- do clustered.append(attribute) -%}
    {%- endfor -%}
    {{- return(clustered) -}}
{%- endmacro %}
