def model(dbt, session):
    from python_steps.common.relations import rows
    from python_steps.segments.priorities import prioritise

    settings = dbt.config.get("meta")
    return prioritise(
        rows(dbt.ref("int_segment_counts")),
        rows(dbt.ref("int_segment_evidence")),
        rows(dbt.ref("int_segment_patterns")),
        settings["alpha"],
    )
