def model(dbt, session):
    from python_steps.exploration import attribute_profiles
    from python_steps.relations import rows

    settings = dbt.config.get("meta")
    return attribute_profiles(
        attributes=settings["attributes"],
        moments=rows(dbt.ref("int_attribute_moments")),
        churn_rates=rows(dbt.ref("churn_rates")),
        alpha=settings["alpha"],
    )
