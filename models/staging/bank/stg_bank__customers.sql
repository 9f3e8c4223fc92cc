{%- do check_settings() -%}
{%- do check_source_columns(ref("raw_customers")) -%}
{#- A date that cannot be read is said at the beginning and not at the end. -#}
{%- do as_of() if target.type == "duckdb" -%}
{%- set columns = var("mapping")["columns"] -%}
{%- set families = source_families(ref("raw_customers")) -%}
{%- set family = {} -%}
{%- for attribute, column in columns.items() -%}
    {%- do family.update({attribute: families.get(loaded_name(column) | lower, "text")}) -%}
{%- endfor -%}
{%- set digits = family.items() | selectattr(1, "equalto", "whole") | map("first") | list -%}
-- Empty and blank texts mean missing.
with renamed as (
    select
        {{ parsed_row() }} as parsed_row,
        churn_source_file as source_file,
        {%- for attribute, column in columns.items() %}
        {%- set column = loaded_name(column) %}
        {%- if family[attribute] == "text" %}
        nullif(trim(cast({{ quoted(column) }} as string)), '') as {{ attribute }}_text
        {%- else %}
        {{ quoted(column) }} as {{ attribute }}_typed,
        cast({{ quoted(column) }} as string) as {{ attribute }}_text
        {%- endif %}
        {{- "," if not loop.last }}
        {%- endfor %}
    {#- Rendered, as dbt build --empty reads from a query instead, which has no rowid. #}
    from {{ ref('raw_customers').render() }}
    where {{ chosen_rows(ref("raw_customers")) if not flags.EMPTY else "false" }}
),

parsed as (
    select
        *,
        {{ customer_key(digits) }} as customer_id,
        {{ "user_id_text" if "user_id" in columns else "cast(null as string)" }} as user_id,
        {%- for attribute in attributes() %}
        {%- set name = attribute.name %}
        {{ parse_attribute(name ~ "_text", attribute, family[name], name ~ "_typed") }} as {{ name }},
        {%- endfor %}
        {%- for attribute in var("absent_attributes") %}
        {{ parse_attribute("cast(null as string)", attribute) }} as {{ attribute.name }},
        {%- endfor %}
        {{ parse_outcome("has_churned_text", family["has_churned"], "has_churned_typed") }} as has_churned
    from renamed
)

select
    parsed_row,
    source_file,
    customer_id,
    user_id,
    {%- for attribute in attributes(absent=true) %}
    {{ attribute.name }},
    {%- endfor %}
    has_churned,
    {%- for attribute in attributes() %}
    {{ attribute.name }} is null
    and {{ translate_value(attribute.name ~ "_text", attribute.name) if family[attribute.name] == "text"
        else attribute.name ~ "_typed" }} is not null
        as {{ attribute.name }}_is_unreadable,
    {%- endfor %}
    {%- for attribute in columns %}
    {{ attribute }}_text
    {{- "," if not loop.last }}
    {%- endfor %}
from parsed
