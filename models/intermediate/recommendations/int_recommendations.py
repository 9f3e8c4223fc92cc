def model(dbt, session):
    from python_steps.recommendations import read_catalogue
    from python_steps.relations import condition_problem, rows

    settings = dbt.config.get("meta")
    customers = dbt.ref("int_customers_still_here")
    return read_catalogue(
        rows(dbt.ref("recommendation_catalogue")),
        lambda condition: condition_problem(customers, condition),
        absent=[attribute["name"] for attribute in settings["absent_attributes"]],
    )
