-- noqa: disable=AL03
-- The columns of a union have the names that its first part gives them.
with of_table as (
    select * from {{ ref('int_table_quality') }}
),

churn_rates as (
    select * from {{ ref('churn_rates') }}
),

attribute_associations as (
    select * from {{ ref('attribute_associations') }}
),

publication as (
    select * from {{ ref('publication') }}
),

-- How surely the bands of an attribute, ordered by their churn rates, rank those who left above those who
-- stayed: the area under the curve.
ranked_bands as (
    select
        attribute,
        customers,
        cast(churned as double) as churned,
        cast(customers - churned as double) as stayed,
        coalesce(
            sum(customers - churned) over (
                partition by attribute
                order by churn_rate, band_order
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as stayed_below
    from churn_rates
),

telling as (
    select
        attribute,
        case
            when
                sum(churned) >= 10
                and sum(stayed) >= 10
                and sum(churned * (stayed_below + stayed / 2)) >= 0.98 * sum(churned) * sum(stayed)
                then sum(customers)
            else 0
        end as customers
    from ranked_bands
    group by attribute
),

agreeing as (
    select
        attribute_b as attribute,
        min(attribute_a) as other,
        max(customers) as customers
    from attribute_associations
    where
        cramers_v > 0.999999
        and customers >= 50
        and attribute_a <> 'has_churned'
        and attribute_b <> 'has_churned'
    group by attribute_b
),

search_extent as (
    select
        sum(combinations - searched_combinations) as left_out,
        string_agg(
            searched_combinations || ' of ' || combinations || ' combinations of ' || conditions
            || case when conditions = 1 then ' attribute' else ' attributes' end,
            ', ' order by conditions
        ) as searched
    from {{ ref('int_search_extent') }}
),

attributes as (
    select unnest([
        {%- for attribute in attributes() %}
        '{{ attribute.name }}'{{ "," if not loop.last }}
        {%- endfor %}
    ]) as attribute
),

checks as (
    select
        check_name,
        rows_affected,
        severity,
        meaning
    from of_table
    union all
    select
        'search_is_partial',
        case when search_extent.left_out > 0 then publication.rows_accepted else 0 end,
        'info',
        'The search of segments looked at ' || search_extent.searched || ': those whose parts showed most. '
        || 'With fewer attributes it looks at all.'
    from search_extent
    cross join publication
    union all
    select
        'tells_outcome_' || attributes.attribute,
        coalesce(telling.customers, 0),
        'warning',
        attributes.attribute || ' nearly tells who left (area under the curve 0.98 or more), as what is written '
        || 'down when somebody leaves does. Keep it out if it is not known before.'
    from attributes
    left join telling
        on attributes.attribute = telling.attribute
    union all
    select
        'agrees_' || attributes.attribute,
        coalesce(agreeing.customers, 0),
        'warning',
        attributes.attribute || ' says the same as ' || agreeing.other || ' in other words. Keep one of them out.'
    from attributes
    left join agreeing
        on attributes.attribute = agreeing.attribute
)

select
    checks.check_name,
    cast(checks.rows_affected as bigint) as rows_affected,
    case
        when publication.rows_read > 0 then cast(checks.rows_affected as double) / publication.rows_read
    end as share,
    case when checks.rows_affected > 0 then checks.severity else 'ok' end as severity,
    case when checks.rows_affected > 0 then checks.meaning else 'Nothing found.' end as meaning
from checks
cross join publication
order by checks.check_name
