select
    attribute,
    band,
    cast(band_order as integer) as band_order,
    reference_band,
    cast(customers as bigint) as customers,
    cast(churned as bigint) as churned,
    {%- for column in [
        "crude_odds_ratio", "crude_odds_ratio_low", "crude_odds_ratio_high",
        "odds_ratio", "odds_ratio_low", "odds_ratio_high", "coefficient", "standard_error", "p_value", "p_value_holm",
    ] %}
    {{ null_if_nan(column) }} as {{ column }},
    {%- endfor %}
    interval_kind,
    {{ null_if_nan("variance_inflation") }} as variance_inflation,
    note
from {{ ref('int_adjusted_effects') }}
order by attribute, band_order
