-- A label that drops a digit names another band.
{{ config(tags=["code"]) }}
with cases as (
    select * from (
        values
        (159000.0, '159 thousand'),
        (1460000.0, '1.46 million'),
        (9999.5, '9999.5'),
        (0.0, '0'),
        (100.0, '100'),
        (-25000.0, '-25 thousand'),
        (1000000.0, '1 million')
    ) as literals (amount, expected)
)

select
    amount,
    expected,
    {{ number_words("amount", "money") }} as words
from cases
where {{ number_words("amount", "money") }} <> expected
