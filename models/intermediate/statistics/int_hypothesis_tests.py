def model(dbt, session):
    from python_steps.hypothesis_tests import run_hypothesis_tests
    from python_steps.relations import rows

    settings = dbt.config.get("meta")
    return run_hypothesis_tests(
        attributes=settings["attributes"],
        moments=rows(dbt.ref("int_metric_moments")),
        rank_sums=rows(dbt.ref("int_rank_sums")),
        churn_rates=rows(dbt.ref("churn_rates")),
        alpha=settings["alpha"],
    )
