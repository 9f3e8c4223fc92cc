def model(dbt, session):
    from python_steps.apart import apart
    from python_steps.relations import rows

    settings = dbt.config.get("meta")
    return apart(
        "exploration.attribute_profiles",
        attributes=settings["attributes"],
        moments=rows(dbt.ref("int_attribute_moments")),
        churn_rates=rows(dbt.ref("churn_rates")),
        alpha=settings["alpha"],
    )
