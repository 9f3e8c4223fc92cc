{{ churn_rates_of('is_active') }}
