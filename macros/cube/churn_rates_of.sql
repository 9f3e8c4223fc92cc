{#- The slice of `churn_rates` for one attribute, with the band under the attribute's own name. -#}
{% macro churn_rates_of(attribute) -%}
select
    band as {{ attribute }}_band,
    band_order,
    lower_bound,
    upper_bound,
    customers,
    churned,
    churn_rate,
    churn_rate_low,
    churn_rate_high,
    lift
from {{ ref('churn_rates') }}
where attribute = '{{ attribute }}'
order by band_order
{%- endmacro %}
