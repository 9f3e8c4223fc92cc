{{ churn_rates_of('has_credit_card') }}
