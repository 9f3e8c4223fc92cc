{%- set ordered = attributes("ordered") -%}
{%- set probabilities = [0.05, 0.25, 0.5, 0.75, 0.95] -%}
{%- if not ordered %}
{{ no_rows({
    "attribute": "string", "customer_group": "string", "value_count": "bigint", "value_sum": "decimal(38, 4)",
    "minimum": "double", "maximum": "double", "quantile_05": "double", "quantile_25": "double",
    "quantile_50": "double", "quantile_75": "double", "quantile_95": "double", "scale": "double",
    "scaled_sum": "decimal(38, 18)", "scaled_sum_of_squares": "decimal(38, 18)",
    "scaled_sum_of_cubes": "decimal(38, 18)",
}) }}
{%- else -%}
with customers as (
    select * from {{ ref('int_customers_accepted') }}
),

quantiles as (
    select * from {{ ref('int_quantiles') }}
),

-- One scan for all attributes. Sums of decimals are exact, whatever the order of addition.
sums_by_outcome as (
    select
        has_churned,
        {%- for attribute in ordered %}
        count({{ attribute.name }}) as {{ attribute.name }}_count,
        cast(sum({{ attribute.name }}) as decimal(38, 4)) as {{ attribute.name }}_sum,
        cast(min({{ attribute.name }}) as double) as {{ attribute.name }}_minimum,
        cast(max({{ attribute.name }}) as double) as {{ attribute.name }}_maximum
        {{- "," if not loop.last }}
        {%- endfor %}
    from customers
    group by has_churned
),

firsts as (
    select
        case when grouping(has_churned) = 1 then 'all' when has_churned then 'left' else 'stayed' end
            as customer_group,
        {%- for attribute in ordered %}
        cast(sum({{ attribute.name }}_count) as bigint) as {{ attribute.name }}_count,
        cast(sum({{ attribute.name }}_sum) as decimal(38, 4)) as {{ attribute.name }}_sum,
        min({{ attribute.name }}_minimum) as {{ attribute.name }}_minimum,
        max({{ attribute.name }}_maximum) as {{ attribute.name }}_maximum
        {{- "," if not loop.last }}
        {%- endfor %}
    from sums_by_outcome
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

powers_by_outcome as (
    select
        has_churned,
        {%- for attribute in ordered %}
        {%- set z = attribute.name %}
        sum(cast({{ z }} as decimal(38, 18))) as {{ attribute.name }}_first,
        sum(cast({{ z }} * {{ z }} as decimal(38, 18))) as {{ attribute.name }}_second,
        sum(cast({{ z }} * {{ z }} * {{ z }} as decimal(38, 18))) as {{ attribute.name }}_third
        {{- "," if not loop.last }}
        {%- endfor %}
    from scaled
    group by has_churned
),

powers as (
    select
        case when grouping(has_churned) = 1 then 'all' when has_churned then 'left' else 'stayed' end
            as customer_group,
        {%- for attribute in ordered %}
        {%- for power in ["first", "second", "third"] %}
        sum({{ attribute.name }}_{{ power }}) as {{ attribute.name }}_{{ power }}
        {{- "," if not loop.last }}
        {%- endfor %}
        {{- "," if not loop.last }}
        {%- endfor %}
    from powers_by_outcome
    group by rollup(has_churned)
),

quantile_columns as (
    select
        customer_group,
        {%- for attribute in ordered %}
        {%- for probability in probabilities %}
        max(value) filter (where attribute = '{{ attribute.name }}' and probability = {{ probability }})
            as {{ attribute.name }}_{{ "%02d" | format(100 * probability) }}
        {{- "," if not loop.last }}
        {%- endfor %}
        {{- "," if not loop.last }}
        {%- endfor %}
    from quantiles
    group by customer_group
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
    quantile_columns.{{ attribute.name }}_{{ "%02d" | format(100 * probability) }}
        as quantile_{{ "%02d" | format(100 * probability) }},
    {%- endfor %}
    scales.{{ attribute.name }}_range as scale,
    powers.{{ attribute.name }}_first as scaled_sum,
    powers.{{ attribute.name }}_second as scaled_sum_of_squares,
    powers.{{ attribute.name }}_third as scaled_sum_of_cubes
from firsts
inner join powers
    on firsts.customer_group = powers.customer_group
inner join quantile_columns
    on firsts.customer_group = quantile_columns.customer_group
cross join scales
{{ "union all" if not loop.last }}
{%- endfor %}
order by attribute, customer_group
{%- endif %}
