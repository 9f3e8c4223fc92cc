def model(dbt, session):
    from python_steps.common.conditions import band_names
    from python_steps.common.relations import rows

    settings = dbt.config.get("meta")
    return band_names(settings["attributes"], rows(dbt.ref("int_bands")))
