{#-
    By how much the discovery half flattered a segment: the part of its distance from the overall
    rate that the confirmation half does not show. Positive where it looked better than it is, in
    either direction.
-#}
{% macro shrinkage(direction, discovery_rate, confirmation_rate) -%}
    case
        when {{ direction }} = 'loyal' then {{ confirmation_rate }} - {{ discovery_rate }}
        else {{ discovery_rate }} - {{ confirmation_rate }}
    end
{%- endmacro %}
