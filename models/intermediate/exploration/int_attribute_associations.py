def model(dbt, session):
    from python_steps.apart import apart
    from python_steps.relations import rows

    settings = dbt.config.get("meta")
    return apart(
        "exploration.attribute_associations",
        attributes=settings["attributes"],
        pairs=rows(dbt.ref("int_attribute_pairs")),
        moments=rows(dbt.ref("int_attribute_moments")),
    )
