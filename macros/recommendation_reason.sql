{#-
    Why an action is recommended to a segment, as a sentence: for whom it is meant, how many of the
    segment and of all customers those are, and what it does.
-#}
{% macro recommendation_reason(who, share_of_segment, share_of_all, why, language) -%}
    {%- set here = "cast(cast(round(100 * " ~ share_of_segment ~ ") as integer) as varchar)" -%}
    {%- set all = "cast(cast(round(100 * " ~ share_of_all ~ ") as integer) as varchar)" -%}
    {%- set begun = "upper(substr(" ~ who ~ ", 1, 1)) || substr(" ~ who ~ ", 2)" -%}
    {%- if language == "ru" -%}
    {{ begun }} || ': ' || {{ here }} || '% сегмента, ' || {{ all }} || '% всех клиентов. ' || {{ why }}
    {%- else -%}
    {{ begun }} || ': ' || {{ here }} || '% of the segment, ' || {{ all }} || '% of all customers. ' || {{ why }}
    {%- endif -%}
{%- endmacro %}
