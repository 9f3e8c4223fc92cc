{%- set families = [
    ["hypotheses", "гипотезы", "hypothesis_tests", "p_value_holm", "true"],
    ["missing values", "пропуски", "attribute_profiles", "missing_p_value_holm", "customer_group = 'all'"],
    ["effects with all other attributes", "связь с оттоком с учётом остальных признаков", "adjusted_effects", "p_value_holm",
        "true"],
    ["effects within strata", "связь с оттоком внутри групп", "stratified_effects",
        "case when p_value is not null then least(1.0, p_value * count(p_value) over ()) end", "true"],
    ["segments", "сегменты", "risk_segments", "lift_p_value_holm", "true"],
    ["conditions of segments", "условия сегментов", "segment_conditions", "p_value_holm", "true"],
] -%}
with tests as (
    {%- for family, family_ru, table, p_value, which in families %}
    select
        {{ loop.index }} as family_order,
        {{ sql_text(family) }} as family,
        {{ sql_text(family_ru) }} as family_ru,
        '{{ table }}' as published_table,
        {{ p_value }} as corrected_p_value
    from {{ ref(table) }}
    where {{ which }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

families as (
    select
        *,
        count(distinct family) over () as family_count
    from tests
    where corrected_p_value is not null
)

select
    family,
    family_ru,
    published_table,
    count(*) as tests,
    count(*) filter (where corrected_p_value < {{ var("alpha") }}) as differ,
    -- One more correction over the families: Bonferroni's.
    count(*) filter (where corrected_p_value * family_count < {{ var("alpha") }}) as differ_jointly
from families
group by
    family_order,
    family,
    family_ru,
    published_table
order by family_order
