def model(dbt, session):
    from python_steps.common.relations import rows
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    return apart(
        "clusters.choice.choose_clusters",
        cells=dbt.ref("int_cluster_cells").df(),
        attributes=apart("clusters.features.clustered_attributes", settings),
        bands=rows(dbt.ref("int_bands")),
        settings=settings,
    )
