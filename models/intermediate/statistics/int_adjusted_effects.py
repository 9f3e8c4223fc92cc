def model(dbt, session):
    from python_steps.apart import apart
    from python_steps.relations import rows

    settings = dbt.config.get("meta")
    return apart(
        "adjusted_effects.adjusted_effects",
        cube=dbt.ref("int_churn_cube").df(),
        attributes=settings["attributes"],
        bands=rows(dbt.ref("int_bands")),
    )
