def model(dbt, session):
    from python_steps.clustering import cluster_cells, clustered_attributes
    from python_steps.relations import rows

    settings = dbt.config.get("meta")
    (chosen,) = rows(dbt.ref("int_cluster_choice").filter("is_chosen"))
    return cluster_cells(
        cells=dbt.ref("int_cluster_cells").df(),
        attributes=clustered_attributes(settings),
        bands=rows(dbt.ref("int_bands")),
        count=chosen["cluster_count"],
        settings=settings,
    )
