-- Two customers whose parts join to the same text must keep different keys.
{{ config(tags=["code"]) }}
with cases as (
    select * from (
        values
        ('a|b', 'c'),
        ('a', 'b|c'),
        ('a\|b', 'c'),
        ('a\', 'b|c')
    ) as literals (user_id_text, city_text)
)

select {{ customer_key() }} as customer_id
from cases
group by {{ customer_key() }}
having count(*) > 1
