select
    attribute,
    customer_group,
    cast(customers as bigint) as customers,
    cast(present as bigint) as present,
    cast(missing as bigint) as missing,
    {%- for column in ["missing_share", "missing_churn_rate", "present_churn_rate", "missing_p_value_holm"] %}
    {{ null_if_nan(column) }} as {{ column }},
    {%- endfor %}
    case when not isnan(missing_p_value_holm) then missing_is_informative end as missing_is_informative,
    {%- for column in [
        "mean", "standard_deviation", "skewness", "minimum", "quantile_05", "quantile_25",
        "quantile_50", "quantile_75", "quantile_95", "maximum",
    ] %}
    {{ null_if_nan(column) }} as {{ column }},
    {%- endfor %}
    nullif(most_frequent_value, '') as most_frequent_value,
    {{ null_if_nan("most_frequent_share") }} as most_frequent_share
from {{ ref('int_attribute_profiles') }}
order by attribute, customer_group
