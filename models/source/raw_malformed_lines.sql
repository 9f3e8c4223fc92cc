{{ config(materialized="view") }}

-- depends_on: {{ ref('raw_customers') }}
-- The loading model keeps these lines in a table beside its own.
select
    source_file,
    line_number,
    reason,
    raw_line
from {{ ref('raw_customers').incorporate(path={"identifier": "raw_malformed_lines_kept"}) }}
