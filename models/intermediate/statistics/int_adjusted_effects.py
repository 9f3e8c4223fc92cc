def model(dbt, session):
    from python_steps.apart import apart
    from python_steps.relations import rows

    settings = dbt.config.get("meta")
    # Both halves together, which are fewer cells.
    cells = dbt.ref("int_segment_cells").project(
        "columns('.*_band_order'), "
        "discovery_customers + confirmation_customers as customers, "
        "discovery_churned + confirmation_churned as churned"
    )
    return apart(
        "adjusted_effects.adjusted_effects",
        cube=cells.df(),
        attributes=settings["attributes"],
        bands=rows(dbt.ref("int_bands")),
    )
