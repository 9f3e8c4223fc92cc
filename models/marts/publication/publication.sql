with validated as (
    select * from {{ ref('int_customers_validated') }}
),

malformed_lines as (
    select * from {{ ref('raw_malformed_lines') }}
),

-- Those of other months, where `rows` in the mapping chooses one.
loaded as (
    select count(*) as loaded_rows
    from {{ ref('raw_customers') }}
),

parsed as (
    select
        count(*) as parsed_rows,
        count(*) filter (where rejection_reasons is null) as accepted_rows
    from validated
),

malformed as (
    select count(*) as malformed_rows
    from malformed_lines
)

select
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as published_at,
    {{ sql_text(source_path().replace("\\", "/").split("/") | last) }} as source,
    loaded.loaded_rows + malformed.malformed_rows as rows_read,
    parsed.accepted_rows as rows_accepted,
    parsed.parsed_rows - parsed.accepted_rows + malformed.malformed_rows as rows_rejected,
    loaded.loaded_rows - parsed.parsed_rows as rows_set_aside,
    '{{ project_version() }}' as project_version,
    'duckdb ' || ltrim(version(), 'v') || ', dbt {{ dbt_version }}' as engine_versions,
    -- The warehouse has everything; publishing writes what it left out.
    'everything' as contents,
    0 as minimum_cell,
    cast(0 as bigint) as cells_suppressed
from loaded
cross join parsed
cross join malformed
