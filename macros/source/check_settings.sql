{#-
    Stops a build by dbt itself where a setting asks for what only `churn build` does: dbt reads no
    mapping files and no other text than UTF-8.
-#}
{% macro check_settings() -%}
    {%- if execute -%}
        {%- set mapping = env_var("CHURN_MAPPING", "") -%}
        {%- if mapping and not var("mapping_file") -%}
            {%- do refuse(
                "dbt reads no mapping files, and CHURN_MAPPING is " ~ mapping ~ ". Hand on what it says: "
                ~ 'dbt build --vars "$(churn vars)". Or use churn build.'
            ) -%}
        {%- endif -%}
        {%- set csv = var("mapping").get("csv") or {} -%}
        {%- set encoding = env_var("CHURN_ENCODING", "") or csv.get("encoding", "") -%}
        {%- set is_utf8 = encoding | lower in ["", "utf-8", "utf8", "utf_8", "utf-8-sig", "utf_8_sig"] -%}
        {%- if source_kind() == "csv" and not is_utf8 and not env_var("CHURN_STAND_IN", "") -%}
            {%- do refuse(
                source_path() ~ " is said to be in " ~ encoding ~ ", and dbt reads only UTF-8 text."
                ~ " Use churn build, or write the file in UTF-8."
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
