def model(dbt, session):
    from python_steps.common.relations import database_file, rows
    from python_steps.segments.tested_lists import known_lists, read_memory

    return known_lists(
        rows(dbt.ref("int_segment_counts")),
        dbt.config.get("meta")["segment_min_lift"],
        read_memory(database_file(session)),
    )
