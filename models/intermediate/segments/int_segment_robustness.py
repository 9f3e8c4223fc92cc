def model(dbt, session):
    from python_steps.apart import apart
    from python_steps.relations import rows, searched

    settings = dbt.config.get("meta")
    listed = "origin = 'discovered' and search_rank is not null"
    return apart(
        "segment_evidence.segment_robustness",
        table=searched(dbt.ref("int_segment_cells"), settings["segment_objectives"]),
        bands=rows(dbt.ref("int_bands")),
        segments=rows(dbt.ref("int_risk_segments").filter(listed).order("search_rank")),
        settings=settings,
    )
