def model(dbt, session):
    from python_steps.clustering import choose_clusters, clustered_attributes
    from python_steps.relations import rows

    settings = dbt.config.get("meta")
    return choose_clusters(
        cells=dbt.ref("int_cluster_cells").df(),
        attributes=clustered_attributes(settings),
        bands=rows(dbt.ref("int_bands")),
        settings=settings,
    )
