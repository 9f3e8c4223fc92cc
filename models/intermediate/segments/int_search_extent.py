def model(dbt, session):
    from python_steps.common.relations import rows, searched
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    return apart(
        "segments.extent.search_extent",
        table=searched(dbt.ref("int_segment_cells"), settings["segment_objectives"]),
        bands=rows(dbt.ref("int_bands")),
        settings=settings,
    )
