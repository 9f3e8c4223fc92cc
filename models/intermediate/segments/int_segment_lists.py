def model(dbt, session):
    from python_steps.common.relations import database_file, rows
    from python_steps.segments.tested_lists import known_lists, read_memory

    settings = dbt.config.get("meta")
    return known_lists(
        rows(dbt.ref("int_segment_counts")),
        settings["segment_min_lift"],
        read_memory(database_file(session)),
        settings["new_halves"],
    )
