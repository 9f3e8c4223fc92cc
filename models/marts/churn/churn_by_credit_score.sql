{{ churn_rates_of('credit_score') }}
