def model(dbt, session):
    from python_steps.common.relations import rows, searched
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    return apart(
        "segments.find.find_risk_segments",
        table=searched(dbt.ref("int_segment_cells"), settings["segment_objectives"]),
        bands=rows(dbt.ref("int_bands")),
        quantiles=rows(dbt.ref("int_attribute_quantiles")),
        extent=rows(dbt.ref("int_search_extent")),
        settings=settings,
    )
