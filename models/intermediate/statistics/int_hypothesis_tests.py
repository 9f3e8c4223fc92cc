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
        strata=rows(dbt.ref("int_comparison_strata")),
        stratified_effects=rows(dbt.ref("int_stratified_effects")),
        band_names=rows(
            dbt.ref("int_bands").join(dbt.ref("int_band_names"), "attribute, band_order")
        ),
        attributes=settings["attributes"],
        alpha=settings["alpha"],
        seed=settings["random_seed"],
    )
