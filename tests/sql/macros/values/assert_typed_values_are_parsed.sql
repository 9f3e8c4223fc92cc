-- Numbers of a typed column are what their text would give; what no attribute can hold is null.
{{ config(tags=["code"]) }}
with cases as (
    select * from (
        values
        (cast(3 as double), 3, 3),
        (2.5, null, 2.5),
        (-2147483648, -2147483648, -2147483648),
        (2147483648, null, 2147483648),
        (0.00005, null, 0.0001),
        (100000000000, null, null),
        (-100000000000, null, null),
        (cast('inf' as double), null, null),
        (cast('nan' as double), null, null),
        (null, null, null)
    ) as literals (held, expected_integer, expected_number)
),

smallest as (
    select cast(-128 as tinyint) as held
)

select held
from cases
where
    {{ parse_typed("held", "integer", "fractional") }} is distinct from cast(expected_integer as integer)
    or {{ parse_typed("held", "number", "fractional") }} is distinct from cast(expected_number as decimal(18, 4))
union all
select held
from smallest
where {{ parse_typed("held", "integer", "whole") }} is distinct from -128
