with segments as (
    select * from {{ ref('risk_segments') }}
    where is_confirmed
),

catalogue as (
    select * from {{ ref('int_recommendations') }}
),

counts as (
    select * from {{ ref('int_recommendation_counts') }}
),

-- Of the customers who are still here: how many of the segment, and of all, an action is meant for.
shares as (
    select
        meant.search_rank,
        meant.catalogue_order,
        meant.customers,
        segment_sizes.customers as segment_customers,
        cast(meant.customers as double) / segment_sizes.customers as share_of_segment,
        cast(all_meant.customers as double) / everybody.customers as share_of_all
    from counts as meant
    inner join counts as segment_sizes
        on
            meant.search_rank = segment_sizes.search_rank
            and segment_sizes.catalogue_order = 0
    inner join counts as all_meant
        on
            all_meant.search_rank = 0
            and meant.catalogue_order = all_meant.catalogue_order
    inner join counts as everybody
        on
            everybody.search_rank = 0
            and everybody.catalogue_order = 0
),

called_for as (
    select
        segments.segment_id,
        segments.rank,
        row_number() over (
            partition by segments.segment_id
            order by catalogue.importance * shares.share_of_segment desc, catalogue.catalogue_order asc
        ) as priority,
        catalogue.action_id,
        catalogue.action_en,
        catalogue.action_ru,
        catalogue.who_en,
        catalogue.who_ru,
        catalogue.why_en,
        catalogue.why_ru,
        catalogue.condition,
        shares.customers,
        shares.share_of_segment,
        shares.share_of_all
    from segments
    inner join catalogue
        on segments.direction = catalogue.direction
    inner join shares
        on
            segments.rank = shares.search_rank
            and catalogue.catalogue_order = shares.catalogue_order
    where
        -- A share of few customers says little; what is meant for everybody needs none.
        (shares.segment_customers >= 10 or shares.share_of_all = 1)
        and shares.share_of_segment >= catalogue.min_share
        and shares.share_of_segment >= shares.share_of_all
)

select
    segment_id,
    cast(priority as integer) as priority,
    action_id,
    action_en,
    action_ru,
    {{ recommendation_reason("who_en", "share_of_segment", "share_of_all", "why_en", "en") }} as reason_en,
    {{ recommendation_reason("who_ru", "share_of_segment", "share_of_all", "why_ru", "ru") }} as reason_ru,
    customers,
    share_of_segment,
    share_of_all,
    condition
from called_for
where priority <= {{ var("recommendation_limit") }}
order by rank, priority
