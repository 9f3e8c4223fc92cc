with cube_cells as (
    select * from {{ ref('int_churn_cube') }}
),

bands as (
    select * from {{ ref('int_bands') }}
),

band_names as (
    select * from {{ ref('int_band_names') }}
),

overview as (
    select * from {{ ref('churn_overview') }}
),

band_counts as (
    {%- for attribute in attributes() %}
    select
        {{ loop.index }} as attribute_order,
        '{{ attribute.name }}' as attribute,
        {{ attribute.name }}_band_order as band_order,
        cast(sum(customers) as bigint) as customers,
        cast(sum(churned) as bigint) as churned
    from cube_cells
    group by {{ attribute.name }}_band_order
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    band_counts.attribute,
    bands.band,
    band_names.band_ru,
    bands.band_order,
    bands.lower_bound,
    bands.upper_bound,
    band_counts.customers,
    band_counts.churned,
    case when overview.customers > 0 then cast(band_counts.customers as double) / overview.customers end
        as share_of_customers,
    case when overview.churned > 0 then cast(band_counts.churned as double) / overview.churned end as share_of_churn,
    {{ churn_rate("band_counts.churned", "band_counts.customers") }},
    {{ lift("band_counts.churned", "band_counts.customers", "overview.churned", "overview.customers") }} as lift
from band_counts
inner join bands
    on
        band_counts.attribute = bands.attribute
        and band_counts.band_order = bands.band_order
inner join band_names
    on
        bands.attribute = band_names.attribute
        and bands.band_order = band_names.band_order
cross join overview
order by band_counts.attribute_order, bands.band_order
