def model(dbt, session):
    from python_steps.common.relations import rows
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    # Both halves together, which are fewer cells.
    cells = dbt.ref("int_segment_cells").project(
        "columns('.*_band_order'), "
        "discovery_customers + confirmation_customers as customers, "
        "discovery_churned + confirmation_churned as churned"
    )
    return apart(
        "statistics.regression.adjusted_effects",
        cube=cells.df(),
        attributes=settings["attributes"],
        bands=rows(dbt.ref("int_bands")),
    )
