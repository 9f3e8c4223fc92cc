-- noqa: disable=AL03
-- The columns of a union have the names that its first part gives them.
with validated as (
    select * from {{ ref('int_customers_validated') }}
),

quantiles as (
    select * from {{ ref('int_attribute_quantiles') }}
),

malformed as (
    select count(*) as malformed_lines
    from {{ ref('raw_malformed_lines') }}
),

rejections as (
    select
        {%- for name, reason in {
            "missing_key": "is missing, so the customer cannot be identified",
            "missing_outcome": "has_churned is",
            "repeated_rows": "repeats an earlier row",
            "conflicting_keys": "another row has the same key",
        }.items() %}
        -- What follows the colon is the bank's text, which may say anything.
        count(*) filter (where split_part(rejection_reasons, ': ', 1) like '%{{ reason }}%') as {{ name }},
        {%- endfor %}
        {%- for attribute in attributes() %}
        {%- for name, problem in {"unreadable": "is unreadable", "out_of_range": "is out of range"}.items() %}
        count(*) filter (
            where rejection_reasons is null and value_problems like '%{{ attribute.name }} {{ problem }}%'
        ) as {{ attribute.name }}_{{ name }},
        {%- endfor %}
        {%- endfor %}
        count(*) as parsed_rows
    from validated
),


-- Rows beyond the first of a user id: what dropping "duplicates" by user id would delete.
user_ids as (
    select
        user_id,
        count(*) as customers
    -- Read anew by each check, as the engine keeps every column of what is read twice.
    from {{ ref('int_customers_accepted') }}
    where user_id is not null
    group by user_id
    having count(*) > 1
),

shared_user_ids as (
    select coalesce(sum(customers - 1), 0) as rows_affected
    from user_ids
),

same_person as (
    select coalesce(sum(people.customers - 1), 0) as rows_affected
    from (
        select count(*) as customers
        from {{ ref('int_customers_accepted') }} as customers
        inner join user_ids
            on customers.user_id = user_ids.user_id
        where customers.age is not null and customers.gender is not null
        group by customers.user_id, customers.age, customers.gender
    ) as people
),

fences as (
    select
        attribute,
        max(case when probability = 0.25 then value end) as lower_quartile,
        max(case when probability = 0.75 then value end) as upper_quartile
    from quantiles
    group by attribute
),

fence_bounds as (
    select
        attribute,
        lower_quartile - {{ var("outlier_fence") }} * (upper_quartile - lower_quartile) as lower_fence,
        upper_quartile + {{ var("outlier_fence") }} * (upper_quartile - lower_quartile) as upper_fence
    from fences
),

outliers as (
    {%- for attribute in attributes() if attribute.type == "number" %}
    select
        '{{ attribute.name }}' as attribute,
        count(*) as customers,
        count(*) filter (where customers.has_churned) as churned
    from {{ ref('int_customers_accepted') }} as customers
    inner join fence_bounds
        on fence_bounds.attribute = '{{ attribute.name }}'
    where
        customers.{{ attribute.name }} < fence_bounds.lower_fence
        or customers.{{ attribute.name }} > fence_bounds.upper_fence
    union all
    {%- endfor %}
    {{ no_rows({"attribute": "varchar", "customers": "bigint", "churned": "bigint"}) }}
),

-- One scan counts all customers, and those without a value of each attribute.
counted as (
    select
        count(*) as customers,
        count(*) filter (where has_churned) as churned
        {%- for attribute in attributes() %},
        count(*) filter (where {{ attribute.name }} is null) as missing_{{ attribute.name }},
        count(*) filter (where {{ attribute.name }} is null and has_churned) as churned_missing_{{ attribute.name }}
        {%- endfor %}
    from {{ ref('int_customers_accepted') }}
),

missing as (
    {%- for attribute in attributes() %}
    select
        '{{ attribute.name }}' as attribute,
        missing_{{ attribute.name }} as customers,
        churned_missing_{{ attribute.name }} as churned
    from counted
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

loaded as (
    select count(*) as rows_of_source
    from {{ ref('raw_customers') }}
)

select
    'malformed_lines' as check_name,
    malformed.malformed_lines as rows_affected,
    'error' as severity,
    'Lines that do not fit the header; each is in rejected_rows with its line number.' as meaning
from malformed
union all
select
    'rows_set_aside',
    loaded.rows_of_source - rejections.parsed_rows,
    'info',
    {%- set chosen = [] %}
    {%- for one in chosen_values(ref('raw_customers')) %}
        {%- do chosen.append(one.column ~ " " ~ one.value) %}
    {%- endfor %}
    {{ sql_text("Rows that rows in the mapping leaves out; " ~ (chosen | join(" and ") or "all") ~ " is meant.") }}
from loaded
cross join rejections
union all
select
    'missing_key',
    missing_key,
    'error',
    'Rows without {{ key_columns() | join(" or ") }}; they cannot be told apart and are in rejected_rows.'
from rejections
union all
select
    'missing_outcome',
    missing_outcome,
    'error',
    'Rows that do not say whether the customer churned; they are in rejected_rows.'
from rejections
union all
select
    'repeated_rows',
    repeated_rows,
    'warning',
    'Exact copies of an earlier row; the first is kept, the copies are in rejected_rows.'
from rejections
union all
select
    'conflicting_keys',
    conflicting_keys,
    'error',
    'Rows that share {{ key_columns() | join(" and ") }} but differ otherwise; '
    || 'none can be trusted, all are in rejected_rows.'
from rejections
union all
select
    'shared_user_ids',
    rows_affected,
    'warning',
    'Customers whose user id an earlier customer has too. They are kept: a customer is '
    || '{{ key_columns() | join(" and ") }}. Dropping duplicates by user id would delete them.'
from shared_user_ids
union all
select
    'same_person_suspected',
    rows_affected,
    'info',
    'Customers who share user id, age and gender with another: perhaps one person in two places. All are kept.'
from same_person
union all
select
    'one_outcome',
    case when churned in (0, customers) and customers >= 10 then customers else 0 end,
    'warning',
    'All customers left, or nobody did: nothing can be compared. See has_churned in the mapping.'
from counted
union all
select
    'no_products',
    count(*),
    'warning',
    'Customers with no product at all, which a bank''s table should not have.'
from {{ ref('int_customers_accepted') }}
where product_count = 0
union all
select
    'missing_' || missing.attribute,
    missing.customers,
    'info',
    'Customers without ' || missing.attribute || ', who churn at '
    || {{ percentage("missing.churned", "missing.customers") }} || ' against '
    || {{ percentage(
        "counted.churned - missing.churned", "counted.customers - missing.customers"
    ) }}
    || ' of the others. They are a band of their own; nothing is filled in.'
from missing
cross join counted
{%- for attribute in attributes() %}
union all
select
    'unreadable_{{ attribute.name }}',
    {{ attribute.name }}_unreadable,
    'warning',
    'Values of {{ attribute.name }} that are no {{ attribute.type }}, counted as missing.'
from rejections
{%- set limits = [] %}
{%- do limits.append("below " ~ attribute.minimum) if attribute.minimum is defined %}
{%- do limits.append("above " ~ attribute.maximum) if attribute.maximum is defined %}
{%- if limits %}
union all
select
    'out_of_range_{{ attribute.name }}',
    {{ attribute.name }}_out_of_range,
    'warning',
    'Values of {{ attribute.name }} {{ limits | join(" or ") }}, counted as missing.'
from rejections
{%- endif %}
{%- endfor %}
union all
select
    'outliers_' || outliers.attribute,
    outliers.customers,
    'info',
    'Customers whose ' || outliers.attribute || ' lies more than {{ var("outlier_fence") }} '
    || 'interquartile ranges beyond the quartiles; they churn at '
    || {{ percentage("outliers.churned", "outliers.customers") }} || ' against '
    || {{ percentage(
        "counted.churned - outliers.churned", "counted.customers - outliers.customers"
    ) }}
    || ' of the others. They are kept.'
from outliers
cross join counted
