with validated as (
    select * from {{ ref('int_customers_validated') }}
),

malformed_lines as (
    select * from {{ ref('raw_malformed_lines') }}
),

segment_lists as (
    select * from {{ ref('int_segment_lists') }}
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

current_list as (
    select * from segment_lists
    where is_current
),

-- What the confirmation half has been asked about.
lists as (
    select
        count(*) filter (where segment_lists.half_id = current_list.half_id) as lists_tested,
        count(*) filter (
            where
                segment_lists.table_id = current_list.table_id
                and segment_lists.half_id <> current_list.half_id
        ) as lists_tested_on_other_halves
    from segment_lists
    left join current_list
        on segment_lists.table_id = current_list.table_id
),

malformed as (
    select count(*) as malformed_rows
    from malformed_lines
)

select
    {{ as_of() }} as as_of,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as built_at,
    {{ sql_text(source_path().replace("\\", "/").split("/") | last) }} as source,
    loaded.loaded_rows + malformed.malformed_rows as rows_read,
    parsed.accepted_rows as rows_accepted,
    parsed.parsed_rows - parsed.accepted_rows + malformed.malformed_rows as rows_rejected,
    loaded.loaded_rows - parsed.parsed_rows as rows_set_aside,
    {{ sql_text(env_var("CHURN_NEW_HALVES", "")) }} as new_halves,
    lists.lists_tested,
    lists.lists_tested_on_other_halves,
    '{{ project_version() }}' as project_version,
    'duckdb ' || ltrim(version(), 'v') || ', dbt {{ dbt_version }}' as engine_versions,
    -- The warehouse has everything; publishing writes what it left out.
    'everything' as contents,
    0 as minimum_cell,
    cast(0 as bigint) as cells_suppressed
from loaded
cross join parsed
cross join lists
cross join malformed
