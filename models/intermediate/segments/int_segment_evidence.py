def model(dbt, session):
    from python_steps.apart import apart
    from python_steps.relations import rows

    settings = dbt.config.get("meta")
    return apart(
        "segment_evidence.confirm_segments", rows(dbt.ref("int_segment_counts")), settings["alpha"]
    )
