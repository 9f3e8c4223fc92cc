{#-
    The separator, the quote and the column names of a CSV source, from the mapping and the header line
    alone. The rest of
    the file has no say: a sniffer that looks at the rows adapts to malformed ones and then drops
    the good ones.
-#}
{% macro csv_dialect() %}
    {%- set header_query -%}
        select line
        from read_csv(
            {{ sql_text(source_path()) }}, auto_detect = false, header = false,
            columns = {'line': 'varchar'}, delim = chr(31), quote = '', escape = '', ignore_errors = true
        )
        limit 1
    {%- endset -%}
    {%- set lines = run_query(header_query).columns[0].values() -%}
    {%- if not lines or not (lines[0] or "").strip() -%}
        {%- do exceptions.raise_compiler_error(source_path() ~ " has no header line with column names.") -%}
    {%- endif -%}
    {%- set header = lines[0].lstrip("\ufeff").rstrip("\r") -%}
    {%- set csv = var("mapping").get("csv") or {} -%}
    {%- set candidates = [] -%}
    {%- for separator in [",", ";", "\t", "|"] -%}
        {%- do candidates.append([header.count(separator), -loop.index, separator]) -%}
    {%- endfor -%}
    {%- set separator = csv.get("separator") or (candidates | sort | last)[2] -%}
    {%- set quote = csv.get("quote") or '"' -%}
    {%- set names = split_csv_line(header, separator, quote) -%}
    {%- set lowered = names | map("lower") | list -%}
    {%- for name in lowered -%}
        {%- if lowered.count(name) > 1 -%}
            {%- do exceptions.raise_compiler_error(
                source_path() ~ " has two columns named " ~ name ~ ". Rename or remove one."
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {#- Names that the loading models need for themselves. -#}
    {%- set columns = [] -%}
    {%- for name in names -%}
        {%- do columns.append(name ~ "_" if name | lower in ["rowid", "source_file", "parsed_row"] else name) -%}
    {%- endfor -%}
    {{- return({"separator": separator, "quote": quote, "columns": columns}) -}}
{% endmacro %}
