{#- Churners are among the customers, and the rate is their share and lies within its interval. -#}
{% test valid_rates(model, customers="customers", churned="churned") %}
select
    {{ customers }},
    {{ churned }},
    churn_rate,
    churn_rate_low,
    churn_rate_high
from {{ model }}
where
    {{ customers }} < 0
    or {{ churned }} < 0
    or {{ churned }} > {{ customers }}
    or ({{ customers }} > 0 and churn_rate is null)
    or ({{ customers }} = 0 and churn_rate is not null)
    or abs(churn_rate * {{ customers }} - {{ churned }}) > 0.000001 * {{ customers }}
    or not (0 <= churn_rate_low and churn_rate_low <= churn_rate)
    or not (churn_rate <= churn_rate_high and churn_rate_high <= 1)
{% endtest %}
