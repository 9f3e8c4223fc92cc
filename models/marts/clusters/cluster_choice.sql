with choice as (
    select * from {{ ref('int_cluster_choice') }}
),

figures as (
    select
        cast(cluster_count as integer) as cluster_count,
        {{ null_if_nan("silhouette") }} as silhouette,
        {{ null_if_nan("reference_silhouette") }} as reference_silhouette,
        {{ null_if_nan("adjusted_rand") }} as adjusted_rand,
        is_stable,
        is_structured,
        is_chosen
    from choice
)

select
    cluster_count,
    silhouette,
    reference_silhouette,
    adjusted_rand,
    is_stable,
    is_structured,
    is_chosen,
    case
        when cluster_count = 1 and is_chosen
            then 'Chosen: no larger number is stable and structured, so the customers are one group.'
        when cluster_count = 1 then 'Not needed: a larger number is stable and structured.'
        when is_chosen then 'Chosen: the largest number that is stable and structured.'
        when is_stable and is_structured then 'Stable and structured, but a larger number is too.'
        when is_structured then 'Not stable: other customers of the same kind give other clusters.'
        when is_stable then 'Not structured: attributes that have nothing to do with each other give as much.'
        else 'Neither stable nor structured.'
    end as verdict
from figures
order by cluster_count
