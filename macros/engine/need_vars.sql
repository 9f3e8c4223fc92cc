{#- Stops where this project is a package and the host does not have its vars. -#}
{% macro need_vars() -%}
    {%- if var("attributes", none) is none -%}
        {%- do refuse(
            "bank_churn has no vars here, as dbt " ~ dbt_version ~ " reads vars.yml of the host project only."
            ~ " Copy it: cp dbt_packages/bank_churn/vars.yml ."
        ) -%}
    {%- endif -%}
{%- endmacro %}
