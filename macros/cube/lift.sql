{#- How many times the overall churn rate a group's rate is; null where nobody churned at all. -#}
{% macro lift(churned, customers, all_churned, all_customers) -%}
    case
        when {{ customers }} > 0 and {{ all_churned }} > 0
            then
                (cast({{ churned }} as double) / {{ customers }})
                / (cast({{ all_churned }} as double) / {{ all_customers }})
    end
{%- endmacro %}
