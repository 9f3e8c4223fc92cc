"""Tables that are read by their untouched drafts."""

import numpy as np
import pandas as pd
import pytest

from python_steps.common.dbt_run import run_dbt
from python_steps.common.settings import Settings
from python_steps.intake.drafts.make import draft_mapping
from python_steps.intake.variables import read_variables

from ..conftest import query

ROWS = 300


@pytest.fixture
def customers():
    """A table of customers with an outcome that no column gives away."""
    random = np.random.default_rng(3)
    left = random.random(ROWS) < 0.25
    return pd.DataFrame(
        {
            "customer_id": np.arange(ROWS) + 1000,
            "gender": random.choice(["Male", "Female"], ROWS),
            "age": random.integers(18, 80, ROWS),
            "balance": (random.lognormal(11, 1, ROWS) * (1 + left)).round(2),
            "churn": left.astype(int),
        }
    )


def taken(folder, source, mapping="", **settings):
    """The customers that a build takes by the untouched draft of a source, and the draft.

    ``mapping`` is another mapping than that draft.
    """
    draft = draft_mapping(str(folder / source))
    (folder / "draft.yml").write_text(draft.text(source), encoding="utf-8")
    read = Settings.of(
        {
            "CHURN_SOURCE": source,
            "CHURN_MAPPING": mapping or "draft.yml",
            "CHURN_WAREHOUSE": "taken.duckdb",
            **settings,
        },
        folder,
    )
    read.warehouse.unlink(missing_ok=True)
    variables = read_variables(read)
    with variables.source(read).readable(folder) as readable:
        environment = {**read.environment(), **readable.environment()}
        command = ("run", "--select", "+int_customers_accepted")
        run_dbt(read.project, read.warehouse, command, environment, variables.values)
    rows = query(
        read.warehouse,
        "select int_customers_accepted.* from int_customers_accepted "
        "inner join int_customers_validated using (customer_id) order by parsed_row",
    )
    names = [name for name, *_ in query(read.warehouse, "describe int_customers_accepted")]
    return pd.DataFrame(rows, columns=names), draft


def write(folder, name, table, **options):
    table.to_csv(folder / name, index=False, **options)
    return name


def agrees(read, customers):
    """The outcome, and the known columns of both."""
    assert read["has_churned"].tolist() == (customers["churn"] == 1).tolist()
    for name in ("age", "balance"):
        if name in read and name in customers:
            assert read[name].astype(float).tolist() == customers[name].astype(float).tolist(), name
    if "gender" in customers:
        assert read["gender"].tolist() == customers["gender"].str.lower().tolist()
