-- A header that is split wrongly shifts every column. One row per header that is.
{{ config(tags=["code"]) }}
{%- set cases = [
    ["a,b,c", ",", ["a", "b", "c"]],
    ['"a,x",b,"c ""q"""', ",", ["a,x", "b", 'c "q"']],
    ["a;b c;", ";", ["a", "b c", "column_3"]],
    ["a\tb", "\t", ["a", "b"]],
    [",b", ",", ["column_1", "b"]],
    ["a|b|c", "|", ["a", "b", "c"]],
    [' a , "b" ', ",", ["a", "b"]],
    ["one", ",", ["one"]],
    ['"two\nlines",b', ",", ["two\nlines", "b"]],
] -%}
{%- for line, separator, expected in cases %}
select
    {{ sql_text(line) }} as header_line,
    {{ sql_text(split_csv_line(line, separator) | string) }} as split_into
where {{ "false" if split_csv_line(line, separator) == expected else "true" }}
{{ "union all" if not loop.last }}
{%- endfor %}
