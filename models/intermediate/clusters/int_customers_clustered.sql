{{ config(materialized="view") }}

-- depends_on: {{ ref('int_cluster_cells') }}
-- depends_on: {{ ref('int_cluster_lookup') }}
-- depends_on: {{ ref('int_clustered_cells') }}
{%- set digits = cell_digits() %}
{%- set looks_up = target.type == "duckdb" and cell_count(digits) <= var("max_lookup_cells") %}
with customers as (
    select * from {{ ref('int_customers_banded') }}
),

{% if looks_up -%}
-- Looking a cluster up in a list keeps the customers in the order of the source, as a join would not.
lookup as (
    select * from {{ ref('int_cluster_lookup') }}
)
{%- else -%}
cells as (
    select * from {{ found_by_search('int_clustered_cells') }}
)
{%- endif %}

select
    customers.customer_id,
    customers.user_id,
    {%- for attribute in attributes(absent=true) %}
    customers.{{ attribute.name }},
    {%- endfor %}
    customers.has_churned,
    customers.fold,
    {{ band_order_columns("customers") }},
    {%- if looks_up %}
    cast(
        {{ element("lookup.cluster_ids", cell_number(digits, "customers") ~ " + 1") }} as integer
    ) as cluster_id
from customers
cross join lookup
    {%- else %}
    cast(cells.cluster_id as integer) as cluster_id
from customers
inner join cells
    on
        {{ same_cluster_cell("customers", "cells") }}
    {%- endif %}
{%- if not looks_up and target.type == "duckdb" %}
-- A join loses the order of the source.
order by customers.customer_id
{%- endif %}
