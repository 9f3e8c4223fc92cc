-- A fraction is no count: rounding it would invent products.
{{ config(tags=["code"]) }}
with cases as (
    select * from (
        values
        ('3', 3),
        ('3.0', 3),
        ('-1', -1),
        ('2.5', null),
        ('3000000000', null),
        ('three', null),
        (null, null)
    ) as literals (written, expected)
)

select
    written,
    expected,
    {{ parse_integer("written") }} as parsed
from cases
where {{ parse_integer("written") }} is distinct from cast(expected as integer)
