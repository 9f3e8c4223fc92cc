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
        -- Nobody says yes: a sum of nothing, of customers who have said something.
        {{ "coalesce(" ~ attribute.name ~ "_sum, 0)" if attribute.type == "boolean" else attribute.name ~ "_sum" }}
            as value_sum
    from counts
    union all
    {%- endfor %}
    {{ no_rows({
        "attribute_order": "integer", "cluster_id": "integer", "attribute": "string", "customers": "bigint",
        "value_count": "bigint", "value_sum": "decimal(38, 4)",
    }) }}
),

overall_sums as (
    select
        attribute,
        cast(sum(value_count) as double) as value_count,
        cast(sum(value_sum) as double) as value_sum
    from attribute_sums
    group by attribute
),

moments as (
    select * from {{ ref('int_attribute_moments') }}
    where customer_group = 'all'
),

overall as (
    select
        overall_sums.attribute,
        case when overall_sums.value_count > 0 then overall_sums.value_sum / overall_sums.value_count end as mean,
        case
            when overall_sums.value_count <= 1 then null
            when moments.attribute is not null
                then
                    moments.scale * sqrt(
                        greatest(
                            cast(moments.scaled_sum_of_squares as double)
                            - power(cast(moments.scaled_sum as double), 2) / overall_sums.value_count,
                            0
                        ) / (overall_sums.value_count - 1)
                    )
            -- Yes and no, as 1 and 0.
            else
                sqrt(
                    overall_sums.value_sum * (1 - overall_sums.value_sum / overall_sums.value_count)
                    / (overall_sums.value_count - 1)
                )
        end as standard_deviation
    from overall_sums
    left join moments
        on overall_sums.attribute = moments.attribute
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
