{% if not attributes("ordered") %}
{{ no_rows({
    "attribute": "string", "customer_group": "string", "probability": "decimal(18, 6)", "value": "double",
    "minimum": "double", "maximum": "double",
}) }}
{%- elif target.type == "spark" -%}
{%- set probabilities = (var("band_quantiles") + [var("high_quantile"), 0.05, 0.25, 0.5, 0.75, 0.95]) | unique | sort -%}
-- What bands are made of, in one scan. DuckDB, which plans the search in bins once and not anew for every part
-- of it, has the rest.
with quantiles as (
    select
        {%- for attribute in attributes("ordered") %}
        {%- if attribute.bands == "quantiles" %}
        percentile(cast({{ attribute.name }} as double), array({{ probabilities | join(", ") }}))
            as {{ attribute.name }}_quantiles,
        {%- endif %}
        cast(min({{ attribute.name }}) as double) as {{ attribute.name }}_minimum,
        cast(max({{ attribute.name }}) as double) as {{ attribute.name }}_maximum
        {{- "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_customers_accepted') }}
)

{% for attribute in attributes("ordered") %}
{%- set outer_loop = loop %}
{%- for probability in probabilities %}
select
    '{{ attribute.name }}' as attribute,
    'all' as customer_group,
    cast({{ probability }} as decimal(18, 6)) as probability,
    {% if attribute.bands == "quantiles" -%}
    {{ attribute.name }}_quantiles[{{ loop.index0 }}] as value,
    {%- else -%}
    cast(null as double) as value,
    {%- endif %}
    {{ attribute.name }}_minimum as minimum,
    {{ attribute.name }}_maximum as maximum
from quantiles
{{ "union all" if not (loop.last and outer_loop.last) }}
{%- endfor %}
{%- endfor %}
{%- else -%}
{%- set of_bands = var("band_quantiles") + [var("high_quantile")] -%}
{%- set probabilities = (of_bands + [0.05, 0.25, 0.5, 0.75, 0.95]) | unique | sort -%}
{%- set groups = {"all": "customers", "left": "churned", "stayed": "customers - churned"} -%}
-- Exact quantiles without sorting or holding the values: coarse bins are counted first, then only the
-- values of those bins in which a quantile lies.
with
{%- for attribute in attributes("ordered") %}
bins_of_{{ attribute.name }} as (
    select
        {{ quantile_bin(attribute.name) }} as bin,
        count(*) as customers,
        count(*) filter (where has_churned) as churned,
        min({{ attribute.name }}) as minimum,
        max({{ attribute.name }}) as maximum
    from {{ ref('int_customers_accepted') }}
    where {{ attribute.name }} is not null
    group by {{ quantile_bin(attribute.name) }}
),

{% endfor %}
probabilities as (
    {%- for probability in probabilities %}
    select cast({{ probability }} as double) as probability
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

bins as (
    {%- for attribute in attributes("ordered") %}
    {%- for customer_group, counted in groups.items() %}
    select
        '{{ attribute.name }}' as attribute,
        '{{ customer_group }}' as customer_group,
        bin,
        {{ counted }} as customers
    from bins_of_{{ attribute.name }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

cumulated_bins as (
    select
        attribute,
        customer_group,
        bin,
        sum(customers) over (partition by attribute, customer_group order by bin) - customers as places_before,
        sum(customers) over (partition by attribute, customer_group order by bin) as places_up_to
    from bins
),

group_sizes as (
    select
        attribute,
        customer_group,
        sum(customers) as customers
    from bins
    group by
        attribute,
        customer_group
),

-- The places of the two values between which a quantile lies, from 0 on.
places as (
    select
        group_sizes.attribute,
        group_sizes.customer_group,
        probabilities.probability,
        floor(probabilities.probability * (group_sizes.customers - 1)) as lower_place,
        ceil(probabilities.probability * (group_sizes.customers - 1)) as upper_place,
        probabilities.probability * (group_sizes.customers - 1)
        - floor(probabilities.probability * (group_sizes.customers - 1)) as part
    from group_sizes
    cross join probabilities
    where group_sizes.customers > 0
),

searched_places as (
    select
        attribute,
        customer_group,
        lower_place as place
    from places
    union
    select
        attribute,
        customer_group,
        upper_place as place
    from places
),

located as (
    select
        searched_places.attribute,
        searched_places.customer_group,
        searched_places.place,
        cumulated_bins.bin,
        cumulated_bins.places_before
    from searched_places
    inner join cumulated_bins
        on
            searched_places.attribute = cumulated_bins.attribute
            and searched_places.customer_group = cumulated_bins.customer_group
            and searched_places.place >= cumulated_bins.places_before
            and searched_places.place < cumulated_bins.places_up_to
),

searched_bins as (
    select distinct
        attribute,
        bin
    from located
),

counted_values as (
    {%- for attribute in attributes("ordered") %}
    select
        '{{ attribute.name }}' as attribute,
        searched_bins.bin,
        cast(customers.{{ attribute.name }} as double) as value,
        count(*) as customers,
        count(*) filter (where customers.has_churned) as churned
    from {{ ref('int_customers_accepted') }} as customers
    inner join searched_bins
        on
            searched_bins.attribute = '{{ attribute.name }}'
            and searched_bins.bin = {{ quantile_bin("customers." ~ attribute.name) }}
    group by
        searched_bins.bin,
        customers.{{ attribute.name }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- How many of a bin's customers have at most this value.
cumulated_values as (
    {%- for customer_group, counted in groups.items() %}
    select
        attribute,
        '{{ customer_group }}' as customer_group,
        bin,
        value,
        sum({{ counted }})
            over (partition by attribute, bin order by value) as places_up_to
    from counted_values
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

found as (
    select
        located.attribute,
        located.customer_group,
        located.place,
        min(cumulated_values.value) as value
    from located
    inner join cumulated_values
        on
            located.attribute = cumulated_values.attribute
            and located.customer_group = cumulated_values.customer_group
            and located.bin = cumulated_values.bin
            and located.place - located.places_before < cumulated_values.places_up_to
    group by
        located.attribute,
        located.customer_group,
        located.place
),

ranges as (
    {%- for attribute in attributes("ordered") %}
    select
        '{{ attribute.name }}' as attribute,
        cast(min(minimum) as double) as minimum,
        cast(max(maximum) as double) as maximum
    from bins_of_{{ attribute.name }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- An attribute without any value has quantiles too: none.
asked as (
    select
        ranges.attribute,
        groups.customer_group,
        probabilities.probability,
        ranges.minimum,
        ranges.maximum
    from ranges
    cross join (values ('all'), ('left'), ('stayed')) as groups (customer_group)
    cross join probabilities
)

select
    asked.attribute,
    asked.customer_group,
    cast(asked.probability as decimal(18, 6)) as probability,
    lower_values.value
    + (upper_values.value - lower_values.value) * places.part as value,
    asked.minimum,
    asked.maximum
from asked
left join places
    on
        asked.attribute = places.attribute
        and asked.customer_group = places.customer_group
        and asked.probability = places.probability
left join found as lower_values
    on
        places.attribute = lower_values.attribute
        and places.customer_group = lower_values.customer_group
        and places.lower_place = lower_values.place
left join found as upper_values
    on
        places.attribute = upper_values.attribute
        and places.customer_group = upper_values.customer_group
        and places.upper_place = upper_values.place
order by asked.attribute, asked.customer_group, asked.probability
{%- endif %}
