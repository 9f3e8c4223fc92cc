def model(dbt, session):
    from python_steps.common.relations import rows
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    return apart(
        "statistics.exploration.attribute_associations",
        attributes=settings["attributes"],
        pairs=rows(dbt.ref("int_attribute_pairs")),
        moments=rows(dbt.ref("int_attribute_moments")),
    )
