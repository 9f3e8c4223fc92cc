def model(dbt, session):
    from python_steps.apart import apart
    from python_steps.relations import rows, searched

    settings = dbt.config.get("meta")
    return apart(
        "segments.find_risk_segments",
        table=searched(dbt.ref("int_segment_cells"), settings["segment_objectives"]),
        bands=rows(dbt.ref("int_bands")),
        quantiles=rows(dbt.ref("int_attribute_quantiles")),
        settings=settings,
    )
