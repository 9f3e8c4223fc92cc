-- A row that is in neither table and was not set aside was lost in silence.
with counts as (
    select
        (select count(*) from {{ ref('raw_customers') }})
        + (select count(*) from {{ ref('raw_malformed_lines') }}) as rows_read,
        (select count(*) from {{ ref('customers') }}) as accepted,
        (select count(*) from {{ ref('rejected_rows') }}) as rejected,
        (select rows_set_aside from {{ ref('publication') }}) as set_aside,
        (select rows_read from {{ ref('publication') }}) as published_rows_read
)

select *
from counts
where
    rows_read <> accepted + rejected + set_aside
    or rows_read <> published_rows_read
