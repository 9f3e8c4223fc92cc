{% if comes_from_spark() -%}
select *
from {{ made_by_spark() }}
order by all
{%- else -%}
with customers as (
    select * from {{ ref('stg_bank__customers') }}
),

-- A hash aggregate over the keys first: a window over every row would sort them all. Read on their
-- own, as the engine keeps every column of what is read twice.
repeated_keys as (
    select customer_id
    from {{ ref('stg_bank__customers') }}
    where customer_id is not null
    group by customer_id
    having count(*) > 1
),

repeated_rows as (
    select
        customers.source_file,
        customers.parsed_row,
        customers.customer_id,
        concat_ws(
            chr(31)
            {%- for attribute in var("mapping")["columns"] %},
            coalesce(customers.{{ attribute }}_text, chr(30))
            {%- endfor %}
        ) as content
    from customers
    inner join repeated_keys
        on customers.customer_id = repeated_keys.customer_id
)

select
    source_file,
    parsed_row,
    customer_id,
    row_number() over (partition by customer_id order by source_file, parsed_row) as occurrence,
    min(content) over (partition by customer_id)
    <> max(content) over (partition by customer_id) as is_conflicting
from repeated_rows
{%- endif %}
