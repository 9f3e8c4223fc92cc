def model(dbt, session):
    from python_steps.apart import apart
    from python_steps.relations import rows

    settings = dbt.config.get("meta")
    return apart(
        "clustering.choose_clusters",
        cells=dbt.ref("int_cluster_cells").df(),
        attributes=apart("clustering.clustered_attributes", settings),
        bands=rows(dbt.ref("int_bands")),
        settings=settings,
    )
