def model(dbt, session):
    from python_steps.apart import apart
    from python_steps.relations import rows

    settings = dbt.config.get("meta")
    (chosen,) = rows(dbt.ref("int_cluster_choice").filter("is_chosen"))
    return apart(
        "clustering.cluster_cells",
        cells=dbt.ref("int_cluster_cells").df(),
        attributes=apart("clustering.clustered_attributes", settings),
        bands=rows(dbt.ref("int_bands")),
        count=chosen["cluster_count"],
        settings=settings,
    )
