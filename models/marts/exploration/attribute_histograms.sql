{%- set ordered = attributes("ordered") -%}
{#- Values have four digits after the point: in ten-thousandths they are whole numbers, which divide exactly. -#}
{%- set unit = 10000 -%}
{%- if not ordered %}
{{ no_rows({
    "attribute": "string", "bin_order": "integer", "lower_bound": "double", "upper_bound": "double",
    "customers": "bigint", "churned": "bigint", "share_of_left": "double", "share_of_stayed": "double",
}) }}
{%- else -%}
with quantiles as (
    select *
    from {{ ref('int_attribute_moments') }}
    where customer_group = 'all' and value_count > 0
),

-- Some twenty bins between the outer quantiles, as wide as a number that people would choose.
raw_widths as (
    select
        attribute,
        quantile_05,
        quantile_95,
        greatest((quantile_95 - quantile_05) / 20, 1e-4) as raw_width
    from quantiles
),

magnitudes as (
    select
        *,
        pow(10, floor(log10(raw_width))) as magnitude
    from raw_widths
),

widths as (
    select
        attribute,
        quantile_05,
        quantile_95,
        greatest(
            case
                when raw_width / magnitude < 1.5 then 1
                when raw_width / magnitude < 3.5 then 2
                when raw_width / magnitude < 7.5 then 5
                else 10
            end * magnitude,
            case attribute {% for attribute in ordered %}when '{{ attribute.name }}' then {{
                1 if attribute.type == "integer" or attribute.unit == "years" else 0.0001
            }} {% endfor %}end
        ) as width
    from magnitudes
),

-- Beyond half the distance of the outer quantiles a bin is open, so that outliers do not squeeze the rest.
reaches as (
    select
        *,
        greatest((quantile_95 - quantile_05) / 2, 5 * width) as reach
    from widths
),

limits as (
    select
        attribute,
        cast(round(width * {{ unit }}) as bigint) as width,
        cast(floor((quantile_05 - reach) / width) as bigint) as first_bin,
        cast(floor((quantile_95 + reach) / width) as bigint) as last_bin
    from reaches
),

counts as (
    {%- for attribute in ordered %}
    {#- Below 1e11 a double holds ten-thousandths exactly; its product is rounded to the nearest. #}
    {%- set whole = "cast(round(cast(customers." ~ attribute.name ~ " as double) * " ~ unit ~ ") as bigint)" %}
    select
        limits.attribute,
        greatest(limits.first_bin, least(limits.last_bin,
            case
                when {{ whole }} >= 0 then {{ whole }} // limits.width
                else -((limits.width - 1 - {{ whole }}) // limits.width)
            end
        )) as bin,
        count(*) as customers,
        count(*) filter (where customers.has_churned) as churned
    from {{ ref('int_customers_accepted') }} as customers
    inner join limits
        on limits.attribute = '{{ attribute.name }}'
    where customers.{{ attribute.name }} is not null
    group by all
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- Bins without customers between others are shown too.
occupied as (
    select
        attribute,
        min(bin) as lowest,
        max(bin) as highest
    from counts
    group by attribute
),

bins as (
    select
        occupied.attribute,
        occupied.lowest,
        unnest(generate_series(occupied.lowest, occupied.highest)) as bin
    from occupied
),

totals as (
    select
        attribute,
        sum(churned) as churned,
        sum(customers - churned) as stayed
    from counts
    group by attribute
)

select
    bins.attribute,
    cast(bins.bin - bins.lowest + 1 as integer) as bin_order,
    case when bins.bin > limits.first_bin then cast(bins.bin * limits.width as double) / {{ unit }} end as lower_bound,
    case when bins.bin < limits.last_bin then cast((bins.bin + 1) * limits.width as double) / {{ unit }} end
        as upper_bound,
    coalesce(counts.customers, 0) as customers,
    coalesce(counts.churned, 0) as churned,
    case when totals.churned > 0 then cast(coalesce(counts.churned, 0) as double) / totals.churned end as share_of_left,
    case
        when totals.stayed > 0 then cast(coalesce(counts.customers - counts.churned, 0) as double) / totals.stayed
    end as share_of_stayed
from bins
inner join limits
    on bins.attribute = limits.attribute
inner join totals
    on bins.attribute = totals.attribute
left join counts
    on
        bins.attribute = counts.attribute
        and bins.bin = counts.bin
order by bins.attribute, bin_order
{%- endif %}
