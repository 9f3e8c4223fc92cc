-- Which attributes make a cell depends on the bank. A combination that stood twice would be counted twice.
select
    {%- for attribute in attributes() %}
    {{ attribute.name }}_band,
    {%- endfor %}
    count(*) as row_count
from {{ ref('churn_cube') }}
group by
    {%- for attribute in attributes() %}
    {{ attribute.name }}_band{{ "," if not loop.last }}
    {%- endfor %}
having
    count(*) > 1
    {%- for attribute in attributes() %}
    or {{ attribute.name }}_band is null
    {%- endfor %}
