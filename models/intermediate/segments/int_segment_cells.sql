{{ config(materialized="view") }}

with cube_cells as (
    select * from {{ ref('int_churn_cube') }}
)

-- Both halves side by side, in small types: up to a million cells are copied to other processes.
select
    {%- for attribute in attributes() %}
    cast({{ attribute.name }}_band_order as usmallint) as {{ attribute.name }}_band_order,
    {%- endfor %}
    {%- for fold in ["discovery", "confirmation"] %}
    {%- for column, summed in {
        "customers": "customers",
        "churned": "churned",
        "balance": "balance_sum",
        "lost_balance": "churned_balance_sum",
    }.items() %}
    cast(
        coalesce(sum({{ summed }}) filter (where fold = '{{ fold }}'), 0)
        as {{ "double" if "balance" in column else "uinteger" }}
    ) as {{ fold }}_{{ column }}
    {{- "," if not loop.last }}
    {%- endfor %}
    {{- "," if not loop.last }}
    {%- endfor %}
from cube_cells
group by
    {{ band_order_columns() }}
order by
    {{ band_order_columns() }}
