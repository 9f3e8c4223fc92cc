{#- The names of the columns that `condition_words` makes of as many conditions. -#}
{% macro word_names(conditions) -%}
    {%- set names = [] -%}
    {%- for start in range(0, [conditions | length, 1] | max, 62) -%}
        {%- do names.append("met_" ~ loop.index) -%}
    {%- endfor -%}
    {{- names | join(", ") -}}
{%- endmacro %}
