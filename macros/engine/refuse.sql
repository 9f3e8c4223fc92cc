{#- Stops with what the user did or met, and what to do. -#}
{% macro refuse(message) -%}
    {%- do exceptions.raise_compiler_error(message) -%}
{%- endmacro %}
