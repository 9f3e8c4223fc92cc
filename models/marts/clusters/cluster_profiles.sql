with counts as (
    select * from {{ ref('int_cluster_counts') }}
),

attribute_sums as (
    {%- for attribute in attributes() if attribute.type in ["number", "integer", "boolean"] %}
    select
        {{ loop.index }} as attribute_order,
        cluster_id,
        '{{ attribute.name }}' as attribute,
        customers,
        {{ attribute.name }}_count as value_count,
        {{ attribute.name }}_sum as value_sum,
        {{ attribute.name }}_squares as value_squares
    from counts
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

overall_sums as (
    select
        attribute,
        cast(sum(value_count) as double) as value_count,
        cast(sum(value_sum) as double) as value_sum,
        cast(sum(value_squares) as double) as value_squares
    from attribute_sums
    group by attribute
),

overall as (
    select
        attribute,
        case when value_count > 0 then value_sum / value_count end as mean,
        case
            when value_count > 1
                then sqrt(greatest(
                    (value_squares - value_sum * value_sum / value_count) / (value_count - 1), 0
                ))
        end as standard_deviation
    from overall_sums
),

means as (
    select
        attribute_order,
        cluster_id,
        attribute,
        cast(customers - value_count as bigint) as missing,
        case when value_count > 0 then cast(value_sum as double) / value_count end as mean
    from attribute_sums
)

select
    means.cluster_id,
    means.attribute,
    means.missing,
    means.mean,
    overall.mean as overall_mean,
    case
        when overall.standard_deviation > 0
            then (means.mean - overall.mean) / overall.standard_deviation
    end as standardised_difference
from means
inner join overall
    on means.attribute = overall.attribute
order by means.cluster_id, means.attribute_order
