{%- do check_source_columns(ref("raw_customers")) -%}
{%- set columns = var("mapping")["columns"] -%}
with source as (
    select
        *,
        {{ "file_row_number" if source_kind() == "parquet" else "rowid" }} + 1 as parsed_row
    from {{ ref('raw_customers') }}
),

-- Text throughout: empty and blank mean missing.
renamed as (
    select
        parsed_row,
        source_file,
        {%- for attribute, column in columns.items() %}
        nullif(trim(cast({{ adapter.quote(column) }} as varchar)), '') as {{ attribute }}_text
        {{- "," if not loop.last }}
        {%- endfor %}
    from source
)

select
    parsed_row,
    source_file,
    {{ customer_key() }} as customer_id,
    {{ "user_id_text" if "user_id" in columns else "cast(null as varchar)" }} as user_id,
    {%- for attribute in attributes() %}
    {{ parse_attribute(attribute.name ~ "_text", attribute) }} as {{ attribute.name }},
    {%- endfor %}
    {%- for attribute in var("absent_attributes") %}
    {{ parse_attribute("cast(null as varchar)", attribute) }} as {{ attribute.name }},
    {%- endfor %}
    {{ parse_outcome("has_churned_text") }} as has_churned,
    {%- for attribute in columns %}
    {{ attribute }}_text
    {{- "," if not loop.last }}
    {%- endfor %}
from renamed
