"""What holds for every table, on tables that hypothesis makes up."""

import csv
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from python_steps.report.deck.presentation import render_deck
from python_steps.report.figures import read_figures
from python_steps.report.page.dashboard import render_dashboard
from python_steps.report.wording import Wording

from .conftest import query, run_churn
from .intake.test_bad_inputs import GOOD

TEXT = st.sampled_from(
    [
        "",
        " ",
        "a,b",
        'a"b',
        "a'b",
        "a;b",
        "a\nb",
        "{{ 1 }}",
        "<b>",
        "=1",
        "Ж",
        "🏦",
        "\x01",
        "x" * 300,
    ]
)
NUMBER = st.sampled_from([
    *map(str, range(-5, 120, 5)), "0.00001", "0.5", "-0", "1e5", "12345.6789", "11149033081.5946",
    "99999999999.9999", "-99999999999.9999", "100000000000", "", "1e400", "nan", "inf", "1 000",
    "1,5", "abc",
])  # fmt: skip
YES = st.sampled_from(["0", "1", "yes", "no", "TRUE", "", "maybe"])
ROW = st.fixed_dictionaries({
    "USERID": st.sampled_from([*map(str, range(1, 30)), "", " ", "a|b", "a\\"]),
    "score": NUMBER,
    "city": st.one_of(st.sampled_from(["Rome", "Oslo", "rome"]), TEXT),
    "gender": st.one_of(st.sampled_from(["M", "F"]), TEXT),
    "age": NUMBER,
    "equity": NUMBER,
    "balance": NUMBER,
    "products": st.one_of(st.sampled_from("0123456"), NUMBER),
    "credit_card": YES,
    "last_activity": YES,
    "EST_SALARY": NUMBER,
    "churn": st.sampled_from(["0", "1", "0", "1", "", "x"]),
})  # fmt: skip


# Each example is a whole build: a failing one is shown as it was found, not made smaller.
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(ROW, min_size=1, max_size=60))
def test_rows_are_conserved_and_figures_are_possible(rows):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "bank.csv").open("w", newline="", encoding="utf-8") as opened:
            writer = csv.DictWriter(opened, list(GOOD), quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        finished = run_churn(folder, "build", "--source", "bank.csv")
        if finished.returncode:
            assert "could be accepted" in finished.stderr
            assert not (folder / "churn.duckdb").exists()
            return
        _check(folder / "churn.duckdb", len(rows), ("en", "ru")[len(rows) % 2])


def _check(published, count, language):
    ((read, accepted, rejected),) = query(
        published, "select rows_read, rows_accepted, rows_rejected from publication"
    )
    assert (read, accepted + rejected) == (count, count)
    assert query(published, "select count(*) from customers") == [(accepted,)]
    assert query(published, "select count(*) from rejected_rows") == [(rejected,)]
    for _, customers in query(
        published, "select attribute, sum(customers) from churn_rates group by attribute"
    ):
        assert customers == accepted
    for table in ("churn_rates", "churn_overview", "clusters", "risk_segments"):
        for low, rate, high in query(
            published,
            f"select churn_rate_low, churn_rate, churn_rate_high from {table} where customers > 0",
        ):
            assert 0 <= low <= rate <= high <= 1
    for rule, customers in query(published, "select rule_sql, customers from risk_segments"):
        assert query(published, f"select count(*) from customers where {rule}") == [(customers,)]
    for (table,) in query(published, "show tables"):
        for column, kind, *_ in query(published, f"describe {table}"):
            if kind == "DOUBLE":
                wrong = f'select count(*) from {table} where not isfinite("{column}")'
                assert query(published, wrong) == [(0,)], (table, column)
    figures = read_figures(published)
    assert render_dashboard(figures, Wording(language))
    assert render_deck(figures, Wording(language))
