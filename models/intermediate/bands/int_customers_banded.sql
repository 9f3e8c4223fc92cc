{{ config(materialized="view") }}

with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

bands as (
    select * from {{ ref('int_bands') }}
),

edges as (
    select * from {{ ref('int_band_edges') }}
),

-- One row with every edge as a column: a customer's band is then a count of comparisons.
edge_columns as (
    select
        {%- for attribute in attributes("ordered") %}
        {%- for number in edge_numbers(attribute) %}
        max(case when attribute = '{{ attribute.name }}' and edge_number = {{ number }} then edge end)
            as {{ attribute.name }}_edge_{{ number }},
        {%- endfor %}
        {%- endfor %}
        count(*) as edges
    from edges
),

-- One row with the values of each nominal attribute, in the order of their bands. Looking a value up in
-- a list keeps the customers in the order of the source, as a join would not.
value_lists as (
    select
        {%- for attribute in attributes("nominal") %}
        {{ in_band_order("value", "attribute = '" ~ attribute.name ~ "' and band_kind = 'value'") }}
            as {{ attribute.name }}_values,
        {%- endfor %}
        count(*) as bands
    from bands
)

select
    customers.customer_id,
    customers.user_id,
    {%- for attribute in attributes(absent=true) %}
    customers.{{ attribute.name }},
    {%- endfor %}
    {%- for attribute in attributes("ordered") %}
    case
        when customers.{{ attribute.name }} is null then 0
        else
            1
            {%- for number in edge_numbers(attribute) %}
            + case
                when customers.{{ attribute.name }} >= edge_columns.{{ attribute.name }}_edge_{{ number }} then 1
                else 0
            end
            {%- endfor %}
    end as {{ attribute.name }}_band_order,
    {%- endfor %}
    {%- for attribute in attributes("nominal") %}
    case
        when customers.{{ attribute.name }} is null then 0
        else coalesce(
            {{ place_in("value_lists." ~ attribute.name ~ "_values", nominal_value(attribute, "customers")) }},
            {{ var("max_nominal_bands") }} + 1
        )
    end as {{ attribute.name }}_band_order,
    {%- endfor %}
    customers.has_churned,
    customers.fold
from customers
cross join edge_columns
cross join value_lists
