{#- The version of this project, which a publication names; that of the Python package too. -#}
{% macro project_version() -%}
    {{- return("0.1.0") -}}
{%- endmacro %}
