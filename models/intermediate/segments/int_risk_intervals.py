def model(dbt, session):
    from python_steps.common.relations import rows
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    return apart(
        "segments.intervals.risk_intervals",
        counts=rows(dbt.ref("int_value_counts")),
        attributes=settings["attributes"],
        settings=settings,
    )
