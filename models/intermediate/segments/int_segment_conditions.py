def model(dbt, session):
    from python_steps.common.relations import rows
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    return apart(
        "segments.confirmation.confirm_conditions",
        rows(dbt.ref("int_segment_condition_counts")),
        rows(dbt.ref("int_segment_counts")),
        settings["alpha"],
        rows(dbt.ref("int_segment_lists")),
    )
