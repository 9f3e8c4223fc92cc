{#- The one definition of a churn rate and its 95% interval: three columns, see `proportion`. -#}
{% macro churn_rate(churned, customers, prefix="") -%}
    {{ proportion(churned, customers, prefix ~ "churn_rate") }}
{%- endmacro %}

{#-
    A share of customers and its 95% interval: three columns from a number of customers and how many
    of them count. Wilson's score interval (Wilson 1927, doi 10.1080/01621459.1927.10502953) stays
    within 0 and 1 and is right for small bands, where the usual normal interval is not. Null where
    there are no customers.
-#}
{% macro proportion(churned, customers, name) -%}
    {%- set z = "1.959963984540054" -%}
    {%- set z_squared = "3.841458820694124" -%}
    {%- set n = "cast(" ~ customers ~ " as double)" -%}
    {%- set k = "cast(" ~ churned ~ " as double)" -%}
    {%- set centre = "(" ~ k ~ " + " ~ z_squared ~ " / 2)" -%}
    {%- set spread = z ~ " * sqrt(greatest(" ~ k ~ " * (" ~ n ~ " - " ~ k ~ ") / " ~ n ~ ", 0) + " ~ z_squared ~ " / 4)" -%}
    case when {{ customers }} > 0 then {{ k }} / {{ n }} end as {{ name }},
    case
        when {{ customers }} > 0 and {{ churned }} = 0 then 0
        when {{ customers }} > 0 then ({{ centre }} - {{ spread }}) / ({{ n }} + {{ z_squared }})
    end as {{ name }}_low,
    case
        when {{ customers }} > 0 and {{ churned }} = {{ customers }} then 1
        when {{ customers }} > 0 then ({{ centre }} + {{ spread }}) / ({{ n }} + {{ z_squared }})
    end as {{ name }}_high
{%- endmacro %}
