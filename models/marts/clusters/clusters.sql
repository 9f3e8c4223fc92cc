with counts as (
    select * from {{ ref('int_cluster_counts') }}
),

choice as (
    select * from {{ ref('cluster_choice') }}
    where is_chosen
),

cells as (
    select * from {{ ref('int_clustered_cells') }}
),

cell_sizes as (
    select * from {{ ref('int_cluster_cells') }}
),

overview as (
    select * from {{ ref('churn_overview') }}
),

-- A sum of doubles depends on its order; decimals do not.
quality as (
    select
        cells.cluster_id,
        min(cells.name) as name,
        min(cells.name_ru) as name_ru,
        cast(sum(cast({{ null_if_nan("cells.silhouette") }} * cell_sizes.customers as decimal(38, 9))) as double)
        / sum(cell_sizes.customers) as silhouette,
        cast(sum(cast({{ null_if_nan("cells.stability") }} * cell_sizes.customers as decimal(38, 9))) as double)
        / sum(cell_sizes.customers) as stability
    from cells
    inner join cell_sizes
        on
            {{ same_cluster_cell("cells", "cell_sizes") }}
    group by cells.cluster_id
)

select
    counts.cluster_id,
    quality.name,
    quality.name_ru,
    counts.customers,
    counts.churned,
    {{ churn_rate("counts.churned", "counts.customers") }},
    {{ lift("counts.churned", "counts.customers", "overview.churned", "overview.customers") }} as lift,
    quality.silhouette,
    quality.stability,
    choice.adjusted_rand,
    choice.verdict
from counts
inner join quality
    on counts.cluster_id = quality.cluster_id
cross join overview
cross join choice
order by counts.cluster_id
