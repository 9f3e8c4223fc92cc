def model(dbt, session):
    from python_steps.common.relations import rows
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    return apart(
        "statistics.strata.stratified_effects",
        pairs=rows(dbt.ref("int_attribute_pairs")),
        bands=rows(dbt.ref("int_bands")),
        alpha=settings["alpha"],
    )
