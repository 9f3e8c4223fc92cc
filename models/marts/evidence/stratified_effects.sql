select
    attribute,
    band,
    cast(band_order as integer) as band_order,
    stratum_attribute,
    cast(strata as integer) as strata,
    {%- for column in [
        "crude_odds_ratio", "crude_odds_ratio_low", "crude_odds_ratio_high", "crude_p_value",
        "odds_ratio", "odds_ratio_low", "odds_ratio_high", "p_value",
        "homogeneity_statistic", "homogeneity_p_value",
    ] %}
    {{ null_if_nan(column) }} as {{ column }},
    {%- endfor %}
    reverses,
    raising_strata,
    lowering_strata,
    misleads
from {{ ref('int_stratified_effects') }}
order by attribute, band_order, stratum_attribute
