select
    hypothesis_id,
    question,
    metric,
    method,
    group_a,
    group_b,
    cast(n_a as bigint) as n_a,
    cast(n_b as bigint) as n_b,
    {%- for column in [
        "estimate_a", "estimate_b", "difference", "difference_low", "difference_high",
        "statistic", "degrees_of_freedom", "p_value", "p_value_holm", "p_value_bh", "effect_size",
    ] %}
    {{ null_if_nan(column) }} as {{ column }},
    {%- endfor %}
    effect_name,
    verdict
from {{ ref('int_hypothesis_tests') }}
order by metric, method
