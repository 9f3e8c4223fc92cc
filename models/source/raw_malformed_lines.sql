{{ config(materialized="view") }}

-- depends_on: {{ ref('raw_customers') }}
-- The loading model keeps these lines in a table beside its own.
{%- set kept = ref("raw_customers").incorporate(path={"identifier": "raw_malformed_lines_kept"}) %}
{%- do check_every_line_is_kept(ref("raw_customers"), kept) if not flags.EMPTY %}
select
    source_file,
    line_number,
    reason,
    raw_line
from {{ kept.render() }}
{{ "where false" if flags.EMPTY }}
