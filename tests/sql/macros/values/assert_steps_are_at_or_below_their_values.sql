-- Three digits, the number below, exactly at powers of ten; years and counts in wholes.
{{ config(tags=["code"]) }}
{%- set money = {"name": "value", "type": "number", "unit": "money"} %}
{%- set years = {"name": "value", "type": "number", "unit": "years"} %}
with cases as (
    select
        cast(written as decimal(18, 4)) as value,
        expected,
        expected_years
    from (
        values
        ('700', 700, 700),
        ('699.9999', 699, 699),
        ('1000', 1000, 1000),
        ('999.9', 999, 999),
        ('1280999.99', 1280000, 1280000),
        ('34.57', 34.5, 34),
        ('0.1239', 0.123, 0),
        ('0.0003', 0.0003, 0),
        ('0', 0, 0),
        ('-1', -1, -1),
        ('-34.51', -34.6, -35),
        ('-1000', -1000, -1000),
        ('-1001', -1010, -1010),
        ('99999999999', 99900000000, 99900000000),
        (null, null, null)
    ) as literals (written, expected, expected_years)
)

select
    value,
    {{ value_step(money) }} as step,
    {{ value_step(years) }} as years_step
from cases
where
    {{ value_step(money) }} is distinct from cast(expected as double)
    or {{ value_step(years) }} is distinct from cast(expected_years as double)
