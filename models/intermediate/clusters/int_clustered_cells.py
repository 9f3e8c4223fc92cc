def model(dbt, session):
    from python_steps.clustering import cluster_cells

    settings = dbt.config.get("meta")
    clustered = [
        attribute
        for attribute in settings["attributes"]
        if attribute["name"] in settings["cluster_attributes"]
    ]
    return cluster_cells(dbt.ref("int_cluster_cells").df(), clustered, settings)
