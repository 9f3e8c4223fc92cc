-- What would dropping "duplicates" by user id have done?
-- On the bank's real table: 73 customers would vanish, 29 churners among them. 68 of them differ in
-- age from the customer that is kept, and in 50 pairs one left and the other stayed: they are not copies.
with customers as (
    select * from {{ ref('customers') }}
),

numbered as (
    select
        *,
        row_number() over (partition by user_id order by customer_id) as occurrence
    from customers
),

dropped as (
    select
        user_id,
        customer_id,
        age,
        balance,
        has_churned
    from numbered
    where occurrence > 1
),

kept as (
    select
        user_id,
        age,
        balance,
        has_churned
    from numbered
    where occurrence = 1
)

select
    count(*) as dropped_customers,
    count(*) filter (where dropped.has_churned) as dropped_churners,
    count(*) filter (where dropped.age is distinct from kept.age) as with_another_age,
    count(*) filter (where dropped.has_churned <> kept.has_churned) as with_another_outcome
from dropped
inner join kept
    on dropped.user_id = kept.user_id
