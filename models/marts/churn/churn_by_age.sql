{{ churn_rates_of('age') }}
