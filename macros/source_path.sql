{#- The bank's file as configured, or the sample that the project ships. -#}
{% macro source_path() -%}
    {{- return(env_var("CHURN_SOURCE", "") or "seeds/sample/customers.csv") -}}
{%- endmacro %}
