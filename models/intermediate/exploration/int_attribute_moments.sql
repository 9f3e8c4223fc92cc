{%- set ordered = attributes("ordered") -%}
{%- set probabilities = [0.05, 0.25, 0.5, 0.75, 0.95] -%}
with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

-- One scan for all attributes. Sums of decimals are exact, whatever the order of addition.
firsts as (
    select
        case when grouping(has_churned) = 1 then 'all' when has_churned then 'left' else 'stayed' end
            as customer_group,
        {%- for attribute in ordered %}
        count({{ attribute.name }}) as {{ attribute.name }}_count,
        cast(sum({{ attribute.name }}) as decimal(38, 4)) as {{ attribute.name }}_sum,
        cast(min({{ attribute.name }}) as double) as {{ attribute.name }}_minimum,
        cast(max({{ attribute.name }}) as double) as {{ attribute.name }}_maximum,
        quantile_cont(cast({{ attribute.name }} as double), {{ probabilities }}) as {{ attribute.name }}_quantiles
        {{- "," if not loop.last }}
        {%- endfor %}
    from customers
    group by rollup(has_churned)
),

scales as (
    select
        {%- for attribute in ordered %}
        cast({{ attribute.name }}_sum / {{ attribute.name }}_count as decimal(18, 4)) as {{ attribute.name }}_centre,
        nullif({{ attribute.name }}_maximum - {{ attribute.name }}_minimum, 0) as {{ attribute.name }}_range
        {{- "," if not loop.last }}
        {%- endfor %}
    from firsts
    where customer_group = 'all'
),

-- Powers of values near their mean and within 1 lose nothing, and as decimals add up exactly.
scaled as (
    select
        customers.has_churned,
        {%- for attribute in ordered %}
        cast(customers.{{ attribute.name }} - scales.{{ attribute.name }}_centre as double)
        / scales.{{ attribute.name }}_range as {{ attribute.name }}
        {{- "," if not loop.last }}
        {%- endfor %}
    from customers
    cross join scales
),

powers as (
    select
        case when grouping(has_churned) = 1 then 'all' when has_churned then 'left' else 'stayed' end
            as customer_group,
        {%- for attribute in ordered %}
        {%- set z = attribute.name %}
        sum(cast({{ z }} as decimal(38, 18))) as {{ attribute.name }}_first,
        sum(cast({{ z }} * {{ z }} as decimal(38, 18))) as {{ attribute.name }}_second,
        sum(cast({{ z }} * {{ z }} * {{ z }} as decimal(38, 18))) as {{ attribute.name }}_third
        {{- "," if not loop.last }}
        {%- endfor %}
    from scaled
    group by rollup(has_churned)
)

{% for attribute in ordered %}
select
    '{{ attribute.name }}' as attribute,
    firsts.customer_group,
    firsts.{{ attribute.name }}_count as value_count,
    firsts.{{ attribute.name }}_sum as value_sum,
    firsts.{{ attribute.name }}_minimum as minimum,
    firsts.{{ attribute.name }}_maximum as maximum,
    {%- for probability in probabilities %}
    firsts.{{ attribute.name }}_quantiles[{{ loop.index }}] as quantile_{{ "%02d" | format(100 * probability) }},
    {%- endfor %}
    scales.{{ attribute.name }}_range as scale,
    powers.{{ attribute.name }}_first as scaled_sum,
    powers.{{ attribute.name }}_second as scaled_sum_of_squares,
    powers.{{ attribute.name }}_third as scaled_sum_of_cubes
from firsts
inner join powers
    on firsts.customer_group = powers.customer_group
cross join scales
{{ "union all" if not loop.last }}
{%- endfor %}
order by attribute, customer_group
