{%- set quartiles = ["median", "lower_quartile", "upper_quartile"] %}
select
    group_kind,
    group_id,
    attribute,
    cast(customers as bigint) as customers,
    {%- for prefix in ["", "other_"] %}
    {{ prefix }}typical,
    {{ prefix }}typical_ru,
    {%- for column in quartiles %}
    {{ null_if_nan(prefix ~ column) }} as {{ prefix ~ column }},
    {%- endfor %}
    nullif({{ prefix }}mode, '') as {{ prefix }}mode,
    {{ null_if_nan(prefix ~ "mode_share") }} as {{ prefix }}mode_share,
    {{ null_if_nan(prefix ~ "missing_share") }} as {{ prefix }}missing_share,
    {%- endfor %}
    {{ null_if_nan("standardised_difference") }} as standardised_difference,
    {{ null_if_nan("missing_difference") }} as missing_difference,
    portrait,
    portrait_ru
from {{ ref('int_portraits') }}
order by portrait_order
