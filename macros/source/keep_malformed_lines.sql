{#-
    Keeps what the CSV reader could not split into the header's columns. DuckDB holds it in
    temporary tables of the loading connection, so this runs as a hook of the loading model. A
    quote that is never closed swallows the lines after it: each becomes a line of its own again.
-#}
{% macro keep_malformed_lines() %}
    {%- set kept = this.incorporate(path={"identifier": "raw_malformed_lines_kept"}) %}
    {% if target.type == "spark" -%}
    {#- Parquet has no lines. -#}
    {%- elif source_kind() != "csv" or flags.EMPTY -%}
    create or replace table {{ kept }} (
        source_file varchar, line_number bigint, reason varchar, raw_line varchar
    )
    {%- else -%}
    create or replace table {{ kept }} as
    with errors as (
        select
            scans.file_path as source_file,
            errors.line as line_number,
            -- A short line gives an error per missing column; the first says how many there are.
            -- One that is too long has no column.
            arg_min(errors.error_message, coalesce(errors.column_idx, 0)) as reason,
            string_split(rtrim(any_value(errors.csv_line), chr(13) || chr(10)), chr(10)) as lines
        from reject_errors as errors
        inner join reject_scans as scans
            on errors.scan_id = scans.scan_id and errors.file_id = scans.file_id
        where errors.scan_id = (select max(latest.scan_id) from reject_scans as latest)
        group by scans.file_path, errors.line
    ),

    numbered as (
        select
            source_file,
            cast(line_number + position - 1 as bigint) as line_number,
            reason,
            lines[position] as raw_line
        from errors, unnest(range(1, len(lines) + 1)) as positions (position)
    )

    select
        source_file,
        line_number,
        reason,
        {{ "'withheld, as columns are kept out'" if var("mapping").get("keep_out") else "rtrim(raw_line, chr(13))" }}
            as raw_line
    from numbered
    where trim(raw_line, chr(13) || ' ') <> ''
    {%- endif %}
{% endmacro %}
