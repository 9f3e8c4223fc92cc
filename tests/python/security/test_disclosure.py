"""From published aggregates no group below the minimum can be told."""

import os
import re

import duckdb
import numpy as np
import pytest

from python_steps.common.errors import ChurnError
from python_steps.common.settings import Contents, Settings
from python_steps.intake.sample import write_sample
from python_steps.job.disclosure.bank import Bank
from python_steps.job.disclosure.conjunctions import rule_counts
from python_steps.job.disclosure.rules import RULES, WITHOUT_ROWS, protected
from python_steps.job.marts import read_marts
from python_steps.job.publish import publish

from ..conftest import build, query, run_churn
from .disclosure_attack import found_out

MINIMUM = 10
# Of one to three attributes with few bands; with 3,000 it takes minutes and finds nothing either.
CELLS = 200
# Numbers that count no customers.
NO_COUNTS = {
    "band_order", "bin_order", "strata", "hypothesis_order", "attribute_order", "priority", "rank",
    "frontier_order", "cluster_id", "cluster_count", "cells_suppressed", "lists_tested",
    "lists_tested_on_other_halves",
}  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A warehouse, its aggregates as they are published, and exactly."""
    folder = tmp_path_factory.mktemp("disclosure")
    write_sample(2_000, 4, folder / "customers.csv")
    aggregates = build(folder, "customers.csv", CHURN_CONTENTS="aggregates")
    work, exact = folder / "work.duckdb", folder / "exact.duckdb"
    publish(work, exact, read_marts(work), Contents(aggregates_only=True, minimum_cell=0))
    return work, aggregates, exact


def columns(file, types):
    return query(
        file,
        "select table_name, column_name from duckdb_columns() where data_type in "
        f"{types} and table_name not in (select view_name from duckdb_views()) order by all",
    )


def test_no_small_group_can_be_told(published):
    work, aggregates, exact = published
    assert next(found_out(work, exact, 1, CELLS), None), (
        "an attack that finds nothing anywhere proves nothing"
    )
    assert list(found_out(work, aggregates, MINIMUM, CELLS)) == []


def test_every_count_is_a_multiple_of_the_minimum(published):
    _, aggregates, _ = published
    counted = [
        (table, column)
        for table, column in columns(aggregates, ("BIGINT", "INTEGER", "HUGEINT"))
        if column not in NO_COUNTS
    ]
    assert len(counted) > 30
    for table, column in counted:
        assert query(
            aggregates, f"select count(*) from {table} where {column} % {MINIMUM} <> 0"
        ) == [(0,)], (table, column)


def test_rates_follow_from_the_counts_that_are_published(published):
    _, aggregates, _ = published
    overall = query(aggregates, "select churned / customers from churn_overview")[0][0]
    rated = [table for table, column in columns(aggregates, ("DOUBLE", "X")) if column == "lift"]
    assert {"churn_rates", "risk_segments", "clusters"} <= set(rated)
    for table in rated:
        # Those of segments are of the half that the search has not seen.
        of_halves = table in ("risk_segments", "risk_intervals")
        half = "confirmation_" if of_halves else ""
        for churned, customers, rate, low, high, lift in query(
            aggregates,
            f"select {half}churned, {half}customers, churn_rate, churn_rate_low, "
            f"churn_rate_high, lift from {table}",
        ):
            assert rate == churned / customers and low <= rate <= high
            assert lift == pytest.approx(rate / overall)
    for table in ("risk_intervals", "risk_segments", "segment_frontier"):
        for customers, found, found_rate, held, held_rate in query(
            aggregates,
            "select customers, discovery_customers, discovery_churn_rate, "
            f"confirmation_customers, churn_rate from {table}",
        ):
            assert found + held == customers
            for count, rate in ((found, found_rate), (held, held_rate)):
                hits = count * (rate or 0)
                assert hits == pytest.approx(round(hits / MINIMUM) * MINIMUM)


def test_what_adds_up_still_does(published):
    _, aggregates, _ = published
    ((customers, churned),) = query(aggregates, "select customers, churned from churn_overview")
    totals = query(
        aggregates, "select sum(customers), sum(churned) from churn_rates group by attribute"
    )
    totals += query(aggregates, "select sum(customers), sum(churned) from clusters")
    assert set(totals) == {(customers, churned)} and len(totals) == 11
    assert query(
        aggregates,
        """
        select count(*) from attribute_profiles as profiles
        inner join (
            select attribute, sum(customers) as binned from attribute_histograms group by attribute
        ) using (attribute)
        where customer_group = 'all' and binned <> present
        """,
    ) == [(0,)]
    assert query(aggregates, "select rows_accepted from publication") == [(customers,)]


def test_published_counts_are_near_the_true_ones(published):
    _, aggregates, exact = published
    covered = []
    for table, key in (("churn_rates", "attribute, band"), ("risk_segments", "segment_id")):
        with duckdb.connect() as connection:
            for name, file in (("rough", aggregates), ("exact", exact)):
                connection.execute(f"attach '{file}' as {name} (read_only)")
            compared = connection.execute(
                f"""
                select rough.churned - exact.churned,
                    rough.customers - rough.churned - exact.customers + exact.churned,
                    exact.churn_rate between rough.churn_rate_low and rough.churn_rate_high
                from rough.{table} as rough inner join exact.{table} as exact using ({key})
                """
            ).fetchall()
        assert len(compared) > 10
        for churned, stayed, is_covered in compared:
            assert abs(churned) < 2 * MINIMUM and abs(stayed) < 2 * MINIMUM
            covered.append(is_covered)
    # The exact rate is one of those that the counts may have had.
    assert sum(covered) >= 0.97 * len(covered)


def test_no_figure_is_that_of_single_customers(published):
    work, aggregates, _ = published
    assert query(aggregates, "select count(minimum), count(maximum) from attribute_profiles") == [
        (0, 0)
    ]
    assert query(
        aggregates, "select count(statistic), count(p_value_kind) from hypothesis_tests"
    ) == [(0, 0)]
    assert query(aggregates, "select count(skewness) from attribute_profiles") == [(0,)]
    assert query(aggregates, "select count(strata) from stratified_effects") == [(0,)]
    assert query(aggregates, "select cells_suppressed from publication") == [(None,)]
    # No rule has somebody's value for a limit.
    limits = query(aggregates, "select rule_sql from risk_segments where origin = 'named'")
    for number in re.findall(r"[0-9]+[.]?[0-9]*", " ".join(rule for (rule,) in limits)):
        assert float(number) == float(f"{float(number):.3g}")
    assert query(aggregates, "select count(*) from churn_cube") == [(0,)]
    assert query(aggregates, "select count(*) from segment_overlap") == [(0,)]
    # A mean times the customers tells no sum to within a customer.
    for attribute, mean, exactly, deviation, present in query(
        work,
        f"attach '{aggregates}' as rough (read_only); "
        "select attribute, rough.mean, exact.mean, exact.standard_deviation, exact.present "
        "from rough.attribute_profiles as rough inner join attribute_profiles as exact "
        "using (attribute, customer_group) where exact.mean is not null",
    ):
        assert mean != exactly, attribute
        assert abs(mean - exactly) <= 2.5 * deviation / present**0.5, attribute
    assert not query(aggregates, "from data_quality where meaning like '%churn at%'")
    assert query(aggregates, "from data_quality where check_name like 'missing%'")


def test_a_sum_that_is_mostly_one_customers_is_left_out(published):
    work, _, exact = published
    with (
        duckdb.connect(str(exact), read_only=True) as read,
        duckdb.connect(str(work), read_only=True) as asked,
    ):

        def rows(mart):
            return read.execute(f"from {mart}").df().replace({np.nan: None}).to_dict("records")

        for share, is_shown in ((0.49, True), (0.51, False)):
            # How large the largest balance is, is the one thing that differs.
            segments = [row | {"largest_balance_share": share} for row in rows("risk_segments")]

            def ask(query_text):
                return asked.execute(query_text).fetchall()

            told = protected("risk_segments", segments, Bank(MINIMUM, rows, ask))
            large = [row for row in told if row["customers"] - row["churned"] >= 2 * MINIMUM]
            with_money = [row for row in large if row["balance_still_here"] is not None]
            assert large and bool(with_money) == is_shown
            assert bool([row for row in large if row["impact_balance"]]) == is_shown


def test_one_group_has_one_count(published):
    """Counts of the same customers that differ would tell of those between."""
    _, aggregates, _ = published
    bands = {
        (attribute, band): (left, stayed)
        for attribute, band, left, stayed in query(
            aggregates, "select attribute, band, churned, customers - churned from churn_rates"
        )
    }
    for attribute, missing in query(
        aggregates,
        "select attribute, missing from attribute_profiles where customer_group = 'all'",
    ):
        assert missing == sum(bands.get((attribute, "missing"), (0, 0))), attribute
        assert query(
            aggregates,
            f"select rows_affected from data_quality where check_name = 'missing_{attribute}'",
        ) == ([(missing,)] if missing else [])
    for n_a, n_b, condition_a, _ in query(
        aggregates,
        "select n_a, n_b, condition_a, condition_b from hypothesis_tests "
        "where metric = 'has_churned' and condition_within = 'true'",
    ):
        if condition_a == "is_active":
            assert (n_a, n_b) == (sum(bands["is_active", "yes"]), sum(bands["is_active", "no"]))
        if condition_a == "has_credit_card":
            assert n_a == sum(bands["has_credit_card", "yes"])
    # In turn, each customer once.
    reached = 0
    for churned, primary, share, own, cumulative in query(
        aggregates,
        "select churned, primary_churned, share_of_churn, primary_share_of_churn, "
        "cumulative_share_of_churn from risk_segments order by rank",
    ):
        reached += own
        assert 0 <= primary <= churned and 0 <= own <= share + 1e-12
        assert cumulative == pytest.approx(reached) and cumulative <= 1


def test_a_value_may_be_called_as_anything(published):
    work, *_ = published
    with duckdb.connect(str(work), read_only=True) as connection:

        def rows(mart):
            return connection.execute(f"from {mart}").df().to_dict("records")

        bank = Bank(MINIMUM, rows, lambda asked: connection.execute(asked).fetchall())
        told = rule_counts(
            ["city = 'age' and gender = 'male'", "city = 'a and b' and age < 40",
             "city = '{customers}'", "(age < 30 or age > 60) and is_active"],
            bank,
        )  # fmt: skip
    counts = list(told.values())
    assert counts[:3] == [(0, 0)] * 3 and min(counts[3]) > 0


def test_sentences_have_the_figures_that_are_published(published):
    _, aggregates, exact = published
    told = query(aggregates, "select verdict, conclusion, p_value_holm from hypothesis_tests")
    for verdict, conclusion, p_value in told:
        assert "nan" not in verdict
        if conclusion == "not_tested":
            assert "too small" in verdict or "could not be tested" in verdict
        else:
            assert f"p ≤ {p_value:g}" in verdict or "not published" in verdict
    exactly = {sentence for (sentence,) in query(exact, "select verdict from hypothesis_tests")}
    assert not exactly & {verdict for verdict, conclusion, _ in told if conclusion != "not_tested"}
    for language, between in (("en", ", "), ("ru", " против ")):
        reasons = query(
            aggregates,
            f"select reason_{language}, round(100 * share_of_segment + 1e-9), "
            "round(100 * share_of_all + 1e-9) from segment_recommendations",
        )
        figured = [row for row in reasons if "%" in row[0]]
        assert figured
        for reason, of_segment, of_all in figured:
            assert f": {of_segment:.0f}%" in reason and f"{between}{of_all:.0f}% " in reason


def test_every_mart_has_a_rule_or_no_rows(published):
    work, *_ = published
    marts = {
        "churn_by" if mart.name.startswith("churn_by_") else mart.name
        for mart in read_marts(work)
        if not mart.is_about_customers
    }
    assert marts == {*RULES, *WITHOUT_ROWS}


def test_the_page_of_aggregates_says_what_was_done(published, tmp_path):
    _, aggregates, _ = published
    said = run_churn(
        tmp_path, "report", "--published", str(aggregates), "--lang", "en", "--out", "report"
    )
    assert said.returncode == 0, said.stderr
    page = (tmp_path / "report" / "dashboard.html").read_text(encoding="utf-8")
    assert "counts here are rounded to multiples of 10" in page and "≤ 0.001" in page
    assert "slice-customers" not in page


def test_of_very_few_customers_nothing_is_published(published, tmp_path):
    work, *_ = published
    contents = Contents(aggregates_only=True, minimum_cell=5_000)
    with pytest.raises(ChurnError, match="fewer than 100000 customers: too few"):
        publish(work, tmp_path / "few.duckdb", read_marts(work), contents)
    assert not (tmp_path / "few.duckdb").exists()


def test_a_minimum_without_aggregates_is_refused(tmp_path):
    with pytest.raises(ChurnError, match="each customer is published"):
        Settings.of({**os.environ, "CHURN_MINIMUM_CELL": "10"}, tmp_path)
