with associations as (
    select * from {{ ref('int_attribute_associations') }}
),

correlations as (
    select * from {{ ref('int_attribute_correlations') }}
)

select
    associations.attribute_a,
    associations.attribute_b,
    cast(associations.customers as bigint) as customers,
    {%- for column in ["cramers_v", "cramers_v_corrected", "spearman"] %}
    {{ null_if_nan("associations." ~ column) }} as {{ column }},
    {%- endfor %}
    {{ null_if_nan("correlations.pearson") }} as pearson,
    {{ null_if_nan("associations.correlation_ratio") }} as correlation_ratio
from associations
left join correlations
    on
        associations.attribute_a = correlations.attribute_a
        and associations.attribute_b = correlations.attribute_b
order by associations.attribute_a, associations.attribute_b
