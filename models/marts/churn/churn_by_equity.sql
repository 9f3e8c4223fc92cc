{{ churn_rates_of('equity_points') }}
