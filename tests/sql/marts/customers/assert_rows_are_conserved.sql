-- A row that is in neither table was lost in silence.
with counts as (
    select
        (select count(*) from {{ ref('raw_customers') }})
        + (select count(*) from {{ ref('raw_malformed_lines') }}) as rows_read,
        (select count(*) from {{ ref('customers') }}) as accepted,
        (select count(*) from {{ ref('rejected_rows') }}) as rejected,
        (select rows_read from {{ ref('publication') }}) as published_rows_read
)

select *
from counts
where
    rows_read <> accepted + rejected
    or rows_read <> published_rows_read
