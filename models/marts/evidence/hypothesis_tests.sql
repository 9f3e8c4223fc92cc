select
    hypothesis_id,
    question,
    metric,
    method,
    alternative,
    group_a,
    group_b,
    within,
    question_ru,
    group_a_ru,
    group_b_ru,
    within_ru,
    cast(n_a as bigint) as n_a,
    cast(n_b as bigint) as n_b,
    {%- for column in [
        "estimate_a", "estimate_b", "difference", "difference_low", "difference_high",
        "statistic", "degrees_of_freedom", "p_value",
    ] %}
    {{ null_if_nan(column) }} as {{ column }},
    {%- endfor %}
    p_value_kind,
    {%- for column in ["p_value_holm", "p_value_bh"] %}
    {{ null_if_nan(column) }} as {{ column }},
    {%- endfor %}
    effect_name,
    {%- for column in [
        "effect_size", "effect_low", "effect_high", "effect_size_corrected",
        "rank_biserial", "rank_biserial_low", "rank_biserial_high", "odds_ratio",
        "odds_ratio_low", "odds_ratio_high", "minimum_detectable_effect", "margin",
        "p_value_equivalence", "p_value_equivalence_holm",
    ] %}
    {{ null_if_nan(column) }} as {{ column }},
    {%- endfor %}
    effect_note,
    conclusion,
    caveat,
    caveat_ru,
    verdict,
    condition_a,
    condition_b,
    condition_within,
    cast(hypothesis_order as integer) as hypothesis_order
from {{ ref('int_hypothesis_tests') }}
order by hypothesis_order
