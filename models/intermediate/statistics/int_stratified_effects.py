def model(dbt, session):
    from python_steps.common.relations import both_halves, rows
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    return apart(
        "statistics.strata.stratified_effects",
        cube=both_halves(dbt.ref("int_segment_cells")),
        attributes=settings["attributes"],
        bands=rows(dbt.ref("int_bands")),
        associations=rows(dbt.ref("int_attribute_associations")),
        alpha=settings["alpha"],
        max_strata=settings["max_stratum_attributes"],
    )
