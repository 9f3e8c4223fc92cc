def model(dbt, session):
    from python_steps.recommendations import read_catalogue
    from python_steps.relations import condition_problem, rows

    customers = dbt.ref("int_customers_still_here")
    return read_catalogue(
        rows(dbt.ref("recommendation_catalogue")),
        lambda condition: condition_problem(customers, condition),
    )
