{{ config(materialized="view") }}

-- depends_on: {{ ref('int_bands') }}
{%- set counts = band_counts(var("cluster_attributes")) %}
{%- set cells = namespace(count=1) %}
{%- for count in counts.values() %}
    {%- set cells.count = cells.count * count %}
{%- endfor %}
with customers as (
    select * from {{ ref('int_customers_banded') }}
),

cells as (
    select * from {{ ref('int_clustered_cells') }}
)
{%- if cells.count <= 10000000 %},

-- The cells by number, as a list: looking a cluster up in it keeps the customers in the order of the
-- source, as a join would not.
cell_numbers as (
    select unnest(range({{ cells.count }})) as cell_number
),

numbered_cells as (
    select
        cells.cluster_id,
        {{ cell_number(counts, "cells") }} as cell_number
    from cells
),

clusters_by_number as (
    select list(numbered_cells.cluster_id order by cell_numbers.cell_number) as cluster_ids
    from cell_numbers
    left join numbered_cells
        on cell_numbers.cell_number = numbered_cells.cell_number
)

select
    customers.customer_id,
    customers.user_id,
    {%- for attribute in attributes(absent=true) %}
    customers.{{ attribute.name }},
    {%- endfor %}
    customers.has_churned,
    customers.fold,
    {{ band_order_columns("customers") }},
    cast(
        {{ element("clusters_by_number.cluster_ids", cell_number(counts, "customers") ~ " + 1") }} as integer
    ) as cluster_id
from customers
cross join clusters_by_number
{%- else %}

select
    customers.customer_id,
    customers.user_id,
    {%- for attribute in attributes(absent=true) %}
    customers.{{ attribute.name }},
    {%- endfor %}
    customers.has_churned,
    customers.fold,
    {{ band_order_columns("customers") }},
    cast(cells.cluster_id as integer) as cluster_id
from customers
inner join cells
    on
        {%- for attribute in attributes() if attribute.name in var("cluster_attributes") %}
        {%- set band_order = attribute.name ~ "_band_order" %}
        {{ "and " if not loop.first }}customers.{{ band_order }} = cells.{{ band_order }}
        {%- endfor %}
-- Too many for a list. A join loses the order of the source.
order by customers.customer_id
{%- endif %}
