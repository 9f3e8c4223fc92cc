def model(dbt, session):
    from python_steps.common.relations import rows
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    return apart(
        "statistics.exploration.attribute_profiles",
        attributes=settings["attributes"],
        moments=rows(dbt.ref("int_attribute_moments")),
        churn_rates=rows(dbt.ref("churn_rates")),
        value_counts=rows(dbt.ref("int_value_counts")),
        alpha=settings["alpha"],
    )
