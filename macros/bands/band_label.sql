{#-
    What a band [lower, upper) of an ordered attribute is called. Whole units read as people say
    them: 25-34, and 2 where the band holds one value (`only_value`); money and scores show both edges.
-#}
{% macro band_label(attribute) -%}
    {%- set counts_in_wholes = attribute.unit in ["years", "count"] or attribute.type == "integer" -%}
    {%- set lower = number_words("lower_bound", attribute.unit) -%}
    {%- set upper = number_words("upper_bound", attribute.unit) -%}
    case
        when only_value is not null then {{ number_words("only_value", attribute.unit) }}
        when lower_bound is null and upper_bound is null then 'all values'
        {%- if attribute.type == "integer" %}
        when upper_bound = 1 and lower_bound is null then '0'
        when lower_bound is null then 'at most ' || {{ number_words("(upper_bound - 1)", attribute.unit) }}
        {%- endif %}
        when lower_bound is null then 'under ' || {{ upper }}
        when upper_bound is null then {{ lower }} || ' or more'
        {%- if counts_in_wholes %}
        when upper_bound = lower_bound + 1 then {{ lower }}
        else {{ lower }} || '-' || {{ number_words("(upper_bound - 1)", attribute.unit) }}
        {%- else %}
        else {{ lower }} || ' to ' || {{ upper }}
        {%- endif %}
    end
{%- endmacro %}
