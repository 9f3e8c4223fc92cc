{{ churn_rates_of('city') }}
