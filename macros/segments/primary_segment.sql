{#- The id of the first segment, by rank, whose rule a customer meets. -#}
{% macro primary_segment() -%}
    {%- set segments = segment_rules() -%}
    {%- if segments -%}
    case
        {%- for segment in segments %}
        when {{ segment.rule_sql }} then {{ sql_text(segment.segment_id) }}
        {%- endfor %}
    end
    {%- else -%}
    cast(null as string)
    {%- endif -%}
{%- endmacro %}
