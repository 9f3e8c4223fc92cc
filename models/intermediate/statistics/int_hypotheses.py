def model(dbt, session):
    from python_steps.common.relations import condition_problem, rows
    from python_steps.statistics.hypotheses import (
        hypothesis_table,
        read_hypotheses,
        refuse_wrong_conditions,
    )

    settings = dbt.config.get("meta")
    hypotheses = read_hypotheses(
        registry=settings["hypotheses"],
        attributes=settings["attributes"],
        bands=rows(dbt.ref("int_bands")),
        margins=settings["equivalence_margins"],
        max_paired_values=settings["max_paired_values"],
    )
    customers = dbt.ref("int_customers_accepted")
    refuse_wrong_conditions(hypotheses, lambda condition: condition_problem(customers, condition))
    return hypothesis_table(hypotheses)
