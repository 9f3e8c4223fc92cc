-- Known md5 sums: 'a' begins with 0, 'b' with 9. Another split would publish other segments.
{{ config(tags=["code"]) }}
with cases as (
    select * from (
        values
        ('a', 'discovery'),
        ('b', 'confirmation')
    ) as literals (customer_id, expected)
)

select
    customer_id,
    expected
from cases
where {{ fold("customer_id") }} <> expected
