def model(dbt, session):
    from python_steps.common.relations import rows
    from python_steps.job.workers import apart

    settings = dbt.config.get("meta")
    return apart(
        "statistics.family.run_hypothesis_tests",
        hypotheses=rows(dbt.ref("int_hypotheses")),
        moments=rows(dbt.ref("int_comparison_moments")),
        ranks=rows(dbt.ref("int_comparison_ranks")),
        bands=rows(dbt.ref("int_comparison_bands")),
        stratified_effects=rows(dbt.ref("int_stratified_effects")),
        attributes=settings["attributes"],
        alpha=settings["alpha"],
        seed=settings["random_seed"],
    )
