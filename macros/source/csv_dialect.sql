{#-
    How a CSV source is written: the separator, the quote, the column names and the number of lines up to the rows (blank
    ones not counted), from the mapping and the header alone. The rest of the file has no say: a sniffer that looks at the rows adapts
    to malformed ones and then drops the good ones.
-#}
{% macro csv_dialect() %}
    {%- set first_lines_query -%}
        select line
        from read_csv(
            {{ source_files() }}, auto_detect = false, header = false,
            columns = {'line': 'varchar'}, delim = chr(31), quote = '', escape = '', ignore_errors = true
        )
        limit 100
    {%- endset -%}
    {%- set csv = var("mapping").get("csv") or {} -%}
    {%- set skipped = csv.get("skip", 0) | int -%}
    {%- set first_lines = run_query(first_lines_query).columns[0].values() -%}
    {%- set lines = first_lines[skipped:] -%}
    {%- if not lines or not (lines[0] or "").strip() -%}
        {%- do refuse(source_path() ~ " has no header line with column names.") -%}
    {%- endif -%}
    {%- set quote = csv.get("quote") or '"' -%}
    {#- A name may have line breaks between its quotes: the header ends where none is open. -#}
    {%- set header = namespace(text=none, separator=none) -%}
    {%- set so_far = [] -%}
    {%- for line in lines if header.text is none -%}
        {%- do so_far.append((line or "").rstrip("\r")) -%}
        {%- set text = (so_far | join("\n")).lstrip("\ufeff") -%}
        {%- set separator = csv.get("separator") or most_frequent_separator(text) -%}
        {%- if is_whole_csv_record(text, separator, quote) -%}
            {%- set header.text, header.separator = text, separator -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if header.text is none -%}
        {%- set header.text = so_far[0].lstrip("\ufeff") -%}
        {%- set header.separator = csv.get("separator") or most_frequent_separator(header.text) -%}
    {%- endif -%}
    {%- set names = told_apart(split_csv_line(header.text, header.separator, quote)) -%}
    {%- set columns = [] -%}
    {%- for name in names -%}
        {%- do columns.append(loaded_name(name)) -%}
    {%- endfor -%}
    {{- return({
        "separator": header.separator,
        "quote": quote,
        "escape": csv.get("escape") or quote,
        "skip": skipped,
        "columns": columns,
        "header_lines": ((first_lines[:skipped] | map("default", "", true) | list) + header.text.split("\n"))
            | map("trim") | select | list | length,
    }) -}}
{% endmacro %}

{#-
    Names of which the second of a kind gets a number, whatever its case: price, price_2. Stops the
    build where the mapping names one of several and says nothing of the others.
-#}
{% macro told_apart(names) -%}
    {%- set mapping = var("mapping") -%}
    {%- set used = mapping["columns"].values() | map("lower") | list -%}
    {%- set said = used + (mapping.get("keep_out") or []) | map("lower") | list -%}
    {%- set seen, told = [], [] -%}
    {%- for name in names -%}
        {%- do seen.append(name | lower) -%}
        {%- set times = seen.count(name | lower) -%}
        {%- set called = name ~ "_" ~ times if times > 1 else name -%}
        {%- do told.append(called) -%}
        {%- if times > 1 and (called | lower in names | map("lower") | list or name | lower in used and called | lower not in said) -%}
            {%- do refuse(
                source_path() ~ " has two columns named " ~ name ~ ". Rename or remove one, or name both in the"
                ~ " mapping, under columns or keep_out: the second is called " ~ called ~ "."
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(told) -}}
{%- endmacro %}

{#- The separator that a header has most of. -#}
{% macro most_frequent_separator(header) -%}
    {%- set candidates = [] -%}
    {%- for separator in [",", ";", "\t", "|"] -%}
        {%- do candidates.append([header.count(separator), -loop.index, separator]) -%}
    {%- endfor -%}
    {{- return((candidates | sort | last)[2]) -}}
{%- endmacro %}
