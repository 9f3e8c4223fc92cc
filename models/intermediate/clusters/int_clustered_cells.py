def model(dbt, session):
    from python_steps.common.relations import rows
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    (chosen,) = rows(dbt.ref("int_cluster_choice").filter("is_chosen"))
    return apart(
        "clusters.assignment.cluster_cells",
        cells=dbt.ref("int_cluster_cells").df(),
        attributes=apart("clusters.features.clustered_attributes", settings),
        bands=rows(dbt.ref("int_bands")),
        count=chosen["cluster_count"],
        settings=settings,
    )
