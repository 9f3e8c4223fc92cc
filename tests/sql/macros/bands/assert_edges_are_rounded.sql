-- Three significant digits, for large and small, negative and zero.
{{ config(tags=["code"]) }}
with cases as (
    select * from (
        values
        (980705.85, 981000.0),
        (159201.964, 159000.0),
        (-1234.5, -1230.0),
        (0.0, 0.0),
        (0.012345, 0.0123),
        (52.0, 52.0),
        (999.6, 1000.0)
    ) as literals (edge, expected)
)

select
    edge,
    expected,
    {{ round_significant("edge") }} as rounded
from cases
where abs({{ round_significant("edge") }} - expected) > 0.0000001
