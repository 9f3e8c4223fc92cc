{{ config(materialized="view") }}

with cube_cells as (
    select * from {{ ref('int_churn_cube') }}
)

-- Both halves side by side. Doubles, as the search computes with them: counts stay exact.
select
    {{ band_order_columns() }},
    {%- for fold in ["discovery", "confirmation"] %}
    {%- for column, summed in {
        "customers": "customers",
        "churned": "churned",
        "balance": "balance_sum",
        "lost_balance": "churned_balance_sum",
    }.items() %}
    coalesce(cast(sum({{ summed }}) filter (where fold = '{{ fold }}') as double), 0) as {{ fold }}_{{ column }}
    {{- "," if not loop.last }}
    {%- endfor %}
    {{- "," if not loop.last }}
    {%- endfor %}
from cube_cells
group by
    {{ band_order_columns() }}
order by
    {{ band_order_columns() }}
