def model(dbt, session):
    from python_steps.common.relations import rows, searched
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    listed = "origin = 'discovered' and search_rank is not null"
    return apart(
        "segments.stability.segment_robustness",
        table=searched(dbt.ref("int_segment_cells"), settings["segment_objectives"]),
        bands=rows(dbt.ref("int_bands")),
        segments=rows(dbt.ref("int_risk_segments").filter(listed).order("search_rank")),
        extent=rows(dbt.ref("int_search_extent")),
        settings=settings,
    )
