{{ churn_rates_of('product_count') }}
