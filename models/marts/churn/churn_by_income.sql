{{ churn_rates_of('estimated_income') }}
