{#- The table of a model, or none where it is not built yet, as when dbt only parses. -#}
{% macro built_relation(model) -%}
    {%- if execute -%}
        {%- set relation = ref(model) -%}
        {{- return(adapter.get_relation(
            database=relation.database, schema=relation.schema, identifier=relation.identifier
        )) -}}
    {%- endif -%}
    {{- return(none) -}}
{%- endmacro %}
