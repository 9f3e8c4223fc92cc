{{ churn_rates_of('balance') }}
