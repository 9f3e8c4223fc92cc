-- What is no finite number below 1e11 becomes null, and nothing stops the load.
{{ config(tags=["code"]) }}
with cases as (
    select * from (
        values
        ('25.0', 25),
        ('-3', -3),
        ('1e5', 100000),
        ('59214.82', 59214.82),
        ('0.00004', 0),
        ('99999999999', 99999999999),
        ('100000000000', null),
        ('1e400', null),
        ('nan', null),
        ('inf', null),
        ('-Infinity', null),
        ('twelve', null),
        ('1,5', null),
        ('2024-01-31', null),
        (null, null)
    ) as literals (written, expected)
)

select
    written,
    expected,
    {{ parse_number("written") }} as parsed
from cases
where {{ parse_number("written") }} is distinct from cast(expected as decimal(18, 4))
