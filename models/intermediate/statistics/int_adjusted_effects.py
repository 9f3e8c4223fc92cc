def model(dbt, session):
    from python_steps.adjusted_effects import adjusted_effects
    from python_steps.relations import rows

    settings = dbt.config.get("meta")
    return adjusted_effects(
        cube=dbt.ref("int_churn_cube").df(),
        attributes=settings["attributes"],
        bands=rows(dbt.ref("int_bands")),
    )
