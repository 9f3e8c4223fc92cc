{%- set columns = var("mapping")["columns"] -%}
with validated as (
    select * from {{ ref('int_customers_validated') }}
),

staged as (
    select * from {{ ref('stg_bank__customers') }}
),

malformed_lines as (
    select * from {{ ref('raw_malformed_lines') }}
),

-- The reader numbers the rows that it could split, over all files; people count within a file.
file_starts as (
    select * from {{ ref('int_file_starts') }}
),

rejected as (
    select
        validated.source_file,
        validated.parsed_row - file_starts.first_parsed_row + 1 as row_of_file,
        validated.rejection_reasons as reasons,
        cast(to_json(struct_pack(
            {%- for attribute, column in columns.items() %}
            {{ quoted(column) }} := staged.{{ attribute }}_text
            {{- "," if not loop.last }}
            {%- endfor %}
        )) as varchar) as raw_row
    from validated
    inner join file_starts
        on validated.source_file = file_starts.source_file
    inner join staged
        on
            validated.source_file = staged.source_file
            and validated.parsed_row = staged.parsed_row
    where validated.rejection_reasons is not null
),

-- Malformed lines by position: how many rows that could be split stand before each.
malformed as (
    select
        source_file,
        line_number,
        line_number - 1 - row_number() over (partition by source_file order by line_number) as rows_before,
        reason,
        raw_line
    from malformed_lines
),

malformed_before as (
    select
        rejected.source_file,
        rejected.row_of_file,
        rejected.reasons,
        rejected.raw_row,
        count(malformed.line_number) as malformed_count
    from rejected
    left join malformed
        on
            rejected.source_file = malformed.source_file
            and rejected.row_of_file > malformed.rows_before
    group by
        rejected.source_file,
        rejected.row_of_file,
        rejected.reasons,
        rejected.raw_row
)

select
    {{ original_path("source_file") }} as source_file,
    cast(line_number - 1 as bigint) as source_row,
    'malformed line ' || line_number || ': ' || reason as reasons,
    raw_line as raw_row
from malformed
union all
select
    {{ original_path("source_file") }} as source_file,
    cast(row_of_file + malformed_count as bigint) as source_row,
    reasons,
    raw_row
from malformed_before
order by source_file, source_row, reasons
