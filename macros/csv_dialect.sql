{#-
    The separator and the column names of a CSV source, from its header line alone. The rest of
    the file has no say: a sniffer that looks at the rows adapts to malformed ones and then drops
    the good ones.
-#}
{% macro csv_dialect() %}
    {%- set path = sql_text(source_path()) -%}
    {%- set header_query -%}
        select line
        from read_csv(
            {{ path }}, auto_detect = false, header = false, columns = {'line': 'varchar'},
            delim = chr(31), quote = '', escape = '', ignore_errors = true
        )
        limit 1
    {%- endset -%}
    {%- set header_lines = run_query(header_query).columns[0].values() -%}
    {%- if not header_lines or not (header_lines[0] or "").strip() -%}
        {%- do exceptions.raise_compiler_error(source_path() ~ " is empty. It needs a header line with column names and one row per customer.") -%}
    {%- endif -%}
    {%- set candidates = [] -%}
    {%- for separator in [",", ";", "\t", "|"] -%}
        {%- do candidates.append([header_lines[0].count(separator), -loop.index, separator]) -%}
    {%- endfor -%}
    {%- set separator = (candidates | sort | last)[2] -%}
    {%- set names_query -%}
        select unnest(columns).name
        from sniff_csv(
            {{ path }}, delim = {{ sql_text(separator) }}, quote = '"', escape = '"',
            header = true, skip = 0, comment = '', null_padding = false, all_varchar = true,
            ignore_errors = true
        )
    {%- endset -%}
    {{- return({"separator": separator, "columns": run_query(names_query).columns[0].values() | list}) -}}
{% endmacro %}
