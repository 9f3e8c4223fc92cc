-- Anything but the known words is unknown, not false.
{{ config(tags=["code"]) }}
with cases as (
    select * from (
        values
        ('1', true),
        ('0', false),
        ('1.0', true),
        ('TRUE', true),
        ('No', false),
        ('2', null),
        ('maybe', null),
        (null, null)
    ) as literals (written, expected)
)

select
    written,
    expected,
    {{ parse_boolean("written") }} as parsed
from cases
where {{ parse_boolean("written") }} is distinct from cast(expected as boolean)
