def model(dbt, session):
    from python_steps.apart import apart
    from python_steps.relations import rows

    return apart(
        "segments.find_risk_segments",
        table=dbt.ref("int_segment_cells").df(),
        bands=rows(dbt.ref("int_bands")),
        quantiles=rows(dbt.ref("int_attribute_quantiles")),
        settings=dbt.config.get("meta"),
    )
