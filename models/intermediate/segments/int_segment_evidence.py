def model(dbt, session):
    from python_steps.relations import rows
    from python_steps.segment_evidence import confirm_segments

    settings = dbt.config.get("meta")
    return confirm_segments(rows(dbt.ref("int_segment_counts")), settings["alpha"])
