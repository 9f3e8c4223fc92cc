{{ config(materialized="view") }}

{#- Those that bands, thresholds and outliers are made of. #}
{%- set probabilities = (var("band_quantiles") + [0.25, 0.5, 0.75, var("high_quantile")]) | unique | sort %}
select
    attribute,
    probability,
    value,
    minimum,
    maximum
from {{ ref('int_quantiles') }}
where
    customer_group = 'all'
    and probability in ({{ probabilities | join(", ") }})
