def model(dbt, session):
    from python_steps.common.relations import numbers_in_parts, rows
    from python_steps.statistics.correlations import pearson_correlations

    settings = dbt.config.get("meta")
    return pearson_correlations(
        numbers_in_parts(session, dbt.ref("int_customers_accepted"), settings["attributes"]),
        rows(dbt.ref("int_attribute_moments").filter("customer_group = 'all'")),
    )
