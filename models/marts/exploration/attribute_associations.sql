select
    attribute_a,
    attribute_b,
    cast(customers as bigint) as customers,
    {%- for column in ["cramers_v", "cramers_v_corrected", "spearman", "correlation_ratio"] %}
    {{ null_if_nan(column) }} as {{ column }}
    {{- "," if not loop.last }}
    {%- endfor %}
from {{ ref('int_attribute_associations') }}
order by attribute_a, attribute_b
