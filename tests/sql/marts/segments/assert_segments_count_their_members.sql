-- A segment's figures and its list of members are read side by side, so they must agree.
with members as (
    select
        segment_id,
        count(*) as customers
    from {{ ref('customer_segments') }}
    group by segment_id
)

select
    segments.segment_id,
    segments.customers,
    members.customers as members
from {{ ref('risk_segments') }} as segments
full outer join members
    on segments.segment_id = members.segment_id
where
    segments.segment_id is null
    or segments.customers <> coalesce(members.customers, 0)
