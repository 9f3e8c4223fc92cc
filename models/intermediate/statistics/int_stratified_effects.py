def model(dbt, session):
    from python_steps.apart import apart
    from python_steps.relations import rows

    settings = dbt.config.get("meta")
    return apart(
        "stratified_effects.stratified_effects",
        pairs=rows(dbt.ref("int_attribute_pairs")),
        bands=rows(dbt.ref("int_bands")),
        alpha=settings["alpha"],
    )
