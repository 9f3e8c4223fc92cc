{#-
    Why an action is recommended to a segment, as a sentence: for whom it is meant, how many those are
    of the customers who are still here, in the segment and in the bank, and what it does.
-#}
{% macro recommendation_reason(who, share_of_segment, share_of_all, why, language) -%}
    {%- set here = "cast(cast(round(100 * " ~ share_of_segment ~ ") as integer) as varchar)" -%}
    {%- set all = "cast(cast(round(100 * " ~ share_of_all ~ ") as integer) as varchar)" -%}
    {%- set begun = "upper(substr(" ~ who ~ ", 1, 1)) || substr(" ~ who ~ ", 2)" -%}
    {%- set of_segment, of_all = ("% оставшихся клиентов сегмента против ", "% по банку. ") if language == "ru"
        else ("% of the segment''s customers who are still here, ", "% of the bank''s. ") -%}
    case
        -- What is meant for everybody needs no figures.
        when {{ share_of_all }} = 1 then {{ why }}
        else
            {{ begun }} || ': ' || {{ here }} || '{{ of_segment }}'
            || {{ all }} || '{{ of_all }}' || {{ why }}
    end
{%- endmacro %}
