{#- Stops the build where the mapping names columns that the source does not have. -#}
{% macro check_source_columns(relation) %}
    {%- if execute -%}
        {%- set present = adapter.get_columns_in_relation(relation) | map(attribute="name") | list -%}
        {%- set lowered = present | map("lower") | list -%}
        {%- set missing = [] -%}
        {%- for attribute, column in var("mapping")["columns"].items() -%}
            {%- if loaded_name(column) | lower not in lowered -%}
                {%- do missing.append(column ~ " (" ~ attribute ~ ")") -%}
            {%- endif -%}
        {%- endfor -%}
        {#- Nothing is present only where the source was never read, as when dbt compiles. -#}
        {%- if missing and present -%}
            {%- do refuse(
                source_path() ~ " has no column " ~ missing | join(", ")
                ~ ". It has: " ~ present | reject("equalto", "churn_source_file") | join(", ")
                ~ ". Change the mapping: the file of CHURN_MAPPING, or var mapping in vars.yml."
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
