{{ churn_rates_of('gender') }}
