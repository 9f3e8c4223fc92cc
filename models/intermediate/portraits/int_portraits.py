def model(dbt, session):
    from python_steps.common.relations import rows
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    listed = "search_rank is not null"
    return apart(
        "statistics.portraits.portraits",
        counts=rows(dbt.ref("int_portrait_counts")),
        attributes=settings["attributes"],
        segments=rows(dbt.ref("int_risk_segments").filter(listed).order("search_rank")),
    )
