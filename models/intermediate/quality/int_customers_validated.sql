with customers as (
    select * from {{ ref('stg_bank__customers') }}
),

repeated_rows as (
    select * from {{ ref('int_repeated_rows') }}
),

judged as (
    select
        customers.*,
        nullif(concat_ws(
            '; ',
            {%- for column in var("mapping")["key"] %}
            case
                when customers.{{ column }}_text is null
                    then '{{ column }} is missing, so the customer cannot be identified'
            end,
            {%- endfor %}
            case
                when repeated_rows.is_conflicting then 'another row has the same key and other values'
                when repeated_rows.occurrence > 1 then 'repeats an earlier row'
            end,
            case
                when customers.has_churned is null and customers.has_churned_text is null
                    then 'has_churned is missing'
                when customers.has_churned is null
                    then 'has_churned is neither yes nor no: ' || left(customers.has_churned_text, 100)
            end
        ), '') as rejection_reasons,
        nullif(concat_ws(
            '; '
            {%- for attribute in attributes() %},
            {%- set column = "customers." ~ attribute.name %}
            case
                when {{ column }} is null and {{ column }}_text is not null
                    then '{{ attribute.name }} is unreadable'
                {%- if attribute.minimum is defined %}
                when {{ column }} < {{ attribute.minimum }} then '{{ attribute.name }} is out of range'
                {%- endif %}
                {%- if attribute.maximum is defined %}
                when {{ column }} > {{ attribute.maximum }} then '{{ attribute.name }} is out of range'
                {%- endif %}
            end
            {%- endfor %}
        ), '') as value_problems
    from customers
    left join repeated_rows
        on
            customers.source_file = repeated_rows.source_file
            and customers.parsed_row = repeated_rows.parsed_row
)

select
    source_file,
    parsed_row,
    rejection_reasons,
    value_problems,
    customer_id,
    user_id,
    {%- for attribute in attributes() %}
    {%- if attribute.minimum is defined or attribute.maximum is defined %}
    case
        when
            {{ attribute.name }} >= {{ attribute.minimum if attribute.minimum is defined else attribute.name }}
            and {{ attribute.name }} <= {{ attribute.maximum if attribute.maximum is defined else attribute.name }}
            then {{ attribute.name }}
    end as {{ attribute.name }},
    {%- else %}
    {{ attribute.name }},
    {%- endif %}
    {%- endfor %}
    {%- for attribute in var("absent_attributes") %}
    {{ attribute.name }},
    {%- endfor %}
    has_churned,
    {{ fold("customer_id") }} as fold
from judged
