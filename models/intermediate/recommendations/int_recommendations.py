def model(dbt, session):
    from python_steps.common.relations import condition_problem, rows
    from python_steps.segments.recommendations import read_catalogue, read_thresholds

    settings = dbt.config.get("meta")
    customers = dbt.ref("int_customers_still_here")
    return read_catalogue(
        rows(dbt.ref("recommendation_catalogue")),
        lambda condition: condition_problem(customers, condition),
        absent=[attribute["name"] for attribute in settings["absent_attributes"]],
        business=settings["business"],
        thresholds=read_thresholds(
            rows(dbt.ref("int_attribute_quantiles")), settings["high_quantile"]
        ),
    )
