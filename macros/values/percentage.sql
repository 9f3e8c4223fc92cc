{#- A part of a whole as text with two decimals, for sentences; "no rate" of nothing. -#}
{% macro percentage(part, whole) -%}
    coalesce(
        cast(cast(100.0 * ({{ part }}) / nullif({{ whole }}, 0) as decimal(5, 2)) as varchar) || '%', 'no rate'
    )
{%- endmacro %}
