{{ config(materialized="view" if comes_from_spark() else "table") }}

{% if comes_from_spark() -%}
select *
from {{ made_by_spark() }}
{%- else -%}
-- depends_on: {{ ref('int_repeated_rows') }}
{%- set any_repeated = may_have_rows("int_repeated_rows") %}
with customers as (
    select * from {{ ref('stg_bank__customers') }}
),
{%- if any_repeated %}

repeated_rows as (
    select * from {{ ref('int_repeated_rows') }}
),
{%- endif %}

problems as (
    select
        customers.*,
        {{ "repeated_rows.occurrence" if any_repeated else "cast(null as bigint) as occurrence" }},
        {{ "repeated_rows.is_conflicting" if any_repeated else "cast(null as boolean) as is_conflicting" }},
        {%- for attribute in attributes() %}
        {%- set column = "customers." ~ attribute.name %}
        case
            when {{ column }}_is_unreadable then 'is unreadable'
            {%- if attribute.minimum is defined %}
            when {{ column }} < {{ attribute.minimum }} then 'is out of range'
            {%- endif %}
            {%- if attribute.maximum is defined %}
            when {{ column }} > {{ attribute.maximum }} then 'is out of range'
            {%- endif %}
        end as {{ attribute.name }}_problem
        {{- "," if not loop.last }}
        {%- endfor %}
    from customers
    {%- if any_repeated %}
    left join repeated_rows
        on
            customers.source_file = repeated_rows.source_file
            and customers.parsed_row = repeated_rows.parsed_row
    {%- endif %}
),

-- Most rows have no problem, and need no sentences.
judged as (
    select
        *,
        case
            when
                customer_id is null
                or has_churned is null
                or occurrence is not null
                {%- if "user_id" in var("mapping")["columns"] %}
                or {{ is_total("user_id_text") }}
                {%- endif %}
                then nullif(concat_ws(
                    '; ',
                    {%- for column in key_columns() %}
                    case
                        when {{ column }}_text is null
                            then '{{ column }} is missing, so the customer cannot be identified'
                    end,
                    {%- endfor %}
                    {%- if "user_id" in var("mapping")["columns"] %}
                    case when {{ is_total("user_id_text") }} then 'is a line of totals, no customer' end,
                    {%- endif %}
                    case
                        when is_conflicting then 'another row has the same key and other values'
                        when occurrence > 1 then 'repeats an earlier row'
                    end,
                    case
                        when has_churned is null and has_churned_text is null then 'has_churned is missing'
                        when has_churned_text = {{ sql_text(var("mapping")["columns"]["has_churned"]) }}
                            then 'repeats the header line'
                        when has_churned is null
                            then 'has_churned is neither yes nor no: ' || left(has_churned_text, 100)
                    end
                ), '')
        end as rejection_reasons,
        case
            when
                coalesce(
                    {%- for attribute in attributes() %}
                    {{ attribute.name }}_problem{{ "," if not loop.last }}
                    {%- endfor %}
                ) is not null
                then concat_ws(
                    '; '
                    {%- for attribute in attributes() %},
                    '{{ attribute.name }} ' || {{ attribute.name }}_problem
                    {%- endfor %}
                )
        end as value_problems
    from problems
)

select
    source_file,
    parsed_row,
    rejection_reasons,
    value_problems,
    customer_id,
    user_id,
    {%- for attribute in attributes() %}
    case when {{ attribute.name }}_problem is null then {{ attribute.name }} end as {{ attribute.name }},
    {%- endfor %}
    {%- for attribute in var("absent_attributes") %}
    {{ attribute.name }},
    {%- endfor %}
    has_churned,
    {{ fold(person()) }} as fold
from judged
{%- if any_repeated %}
-- A join loses the order of the source.
order by source_file, parsed_row
{%- endif %}
{%- endif %}
