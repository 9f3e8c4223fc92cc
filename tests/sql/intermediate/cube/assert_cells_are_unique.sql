-- Which attributes make a cell depends on the bank. A cell that stood twice would be counted twice.
select
    fold,
    {{ band_order_columns() }},
    count(*) as row_count
from {{ ref('int_churn_cube') }}
group by
    fold,
    {{ band_order_columns() }}
having
    count(*) > 1
    or fold is null
    {%- for attribute in attributes() %}
    or {{ attribute.name }}_band_order is null
    {%- endfor %}
