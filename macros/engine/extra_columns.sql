{#-
    The columns that a bank's own attributes add to the table that has a column per attribute: by
    name, with their types, as a contract has them. Its contract lists the attributes that every bank
    may have; these are the others.
-#}
{% macro extra_columns() -%}
    {%- set listed = model.columns -%}
    {%- set types = {"number": "double", "integer": "integer", "text": "varchar", "boolean": "boolean"} -%}
    {%- set found = {} -%}
    {%- for attribute in attributes() -%}
        {%- for kind in model.config.meta.get("per_attribute", []) -%}
            {%- set name = attribute.name ~ ("_band" if kind == "band" else "") -%}
            {%- if name not in listed -%}
                {%- do found.update({name: {
                    "name": name,
                    "data_type": "varchar" if kind == "band" else types[attribute.type],
                    "description": attribute.label ~ ", the bank's own attribute" ~ (
                        ": the band" if kind == "band" else ""
                    ),
                    "constraints": [],
                }}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro %}

{#- dbt's check of a contract, after the bank's own attributes have joined it. -#}
{% macro duckdb__get_assert_columns_equivalent(sql) -%}
    {%- do model.columns.update(extra_columns()) -%}
    {{- return(assert_columns_equivalent(sql)) -}}
{%- endmacro %}
