{#-
    Stops the build where lines of a CSV source are neither rows nor malformed lines. A line is a
    header, a row, a line break inside a value, or malformed; this counts them in the file itself, so
    that the reader cannot lose any. It does lose some after a quote that never closes in a large
    file. Lines that are no UTF-8 are not counted here; the reader keeps them as malformed.
-#}
{% macro check_every_line_is_kept(rows, malformed_lines) %}
    {%- if execute and flags.WHICH in ["build", "run"] and source_kind() == "csv" -%}
        {%- set query -%}
            select
                (
                    select count(*) filter (where trim(line, chr(13) || ' ') <> '')
                    from read_csv(
                        {{ source_files() }}, auto_detect = false, header = false, columns = {'line': 'varchar'},
                        delim = chr(31), quote = '', escape = '', null_padding = true, ignore_errors = true
                    )
                )
                - {{ csv_reader().header_lines }} * (select count(*) from glob({{ source_files() }}))
                - (
                    select
                        count(*)
                        + coalesce(sum(length(content) - length(replace(content, chr(10), ''))), 0)
                    from (select concat_ws('', *columns(* exclude (churn_source_file))) as content from {{ rows }})
                )
                - (select count(*) from {{ malformed_lines }}) as lost,
                (
                    select min(line_number)
                    from {{ malformed_lines }}
                    where reason like '%quote%'
                ) as open_quote
        {%- endset -%}
        {%- set counted = run_query(query).rows[0] -%}
        {%- if counted["lost"] > 0 -%}
            {%- do refuse(
                counted["lost"] ~ " lines of " ~ source_path() ~ " could not be read"
                ~ (", as a quote on line " ~ counted["open_quote"] ~ " never closes. Close it or remove it."
                   if counted["open_quote"] else ". Look for quotes that never close.")
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
