def model(dbt, session):
    from python_steps.relations import rows
    from python_steps.stratified_effects import stratified_effects

    settings = dbt.config.get("meta")
    return stratified_effects(
        pairs=rows(dbt.ref("int_attribute_pairs")),
        bands=rows(dbt.ref("int_bands")),
        alpha=settings["alpha"],
    )
