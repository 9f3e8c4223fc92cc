-- depends_on: {{ ref('int_risk_segments') }}
{%- set rules = segment_rules() | map(attribute="rule_sql") | list %}
with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

marked as (
    select
        fold,
        has_churned,
        -- An overdraft is no balance to lose, and who has left took theirs along.
        case when not has_churned then greatest(balance, 0) end as balance_still_here,
        {{ condition_words(rules) }}
    from customers
),

-- One scan: customers who are in the same segments are counted together.
patterns as (
    select
        fold,
        {{ word_names(rules) }},
        count(*) as customers,
        count(*) filter (where has_churned) as churned,
        cast(sum(balance_still_here) as decimal(38, 4)) as balance_still_here,
        max(balance_still_here) as largest_balance
    from marked
    group by all
)

select
    row_number() over (order by fold, {{ word_names(rules) }}) as pattern,
    fold,
    cast([
        {%- for rule in rules %}
        {{ is_met(loop.index0) }}{{ "," if not loop.last }}
        {%- endfor %}
    ] as boolean[]) as is_in,
    customers,
    churned,
    balance_still_here,
    largest_balance
from patterns
order by pattern
