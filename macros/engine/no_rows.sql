{#-
    A query without rows, from the types of its columns by name: what stands where nothing is asked of
    the customers, as where a bank has no attribute of a kind.
-#}
{% macro no_rows(columns) -%}
    select
        {%- for name, type in columns.items() %}
        cast(null as {{ type }}) as {{ name }}
        {{- "," if not loop.last }}
        {%- endfor %}
    where false
{%- endmacro %}
