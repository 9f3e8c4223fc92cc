def model(dbt, session):
    from python_steps.common.relations import both_halves, rows
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    return apart(
        "statistics.exploration.attribute_associations",
        cube=both_halves(dbt.ref("int_segment_cells")),
        attributes=settings["attributes"],
        group_sums=rows(dbt.ref("int_attribute_sums")),
        moments=rows(dbt.ref("int_attribute_moments")),
    )
