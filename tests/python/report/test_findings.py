"""What is said first, from a few rows."""

from dataclasses import replace
from itertools import islice

from python_steps.report import phrases
from python_steps.report.figures import Figures
from python_steps.report.findings import (
    MOST_TESTS,
    clusters_note,
    findings,
    quality_rows,
    shown_profiles,
    shown_tests,
)
from python_steps.report.page.elements import Cell, Table
from python_steps.report.segment_words import idle_conditions
from python_steps.report.wording import NOTHING, Wording


def found(check: str, rows: int, severity: str = "warning") -> dict:
    return {"check_name": check, "rows_affected": rows, "severity": severity, "meaning": check}


def test_what_a_check_finds_of_many_attributes_is_one_row():
    names = [f"a{number}" for number in range(30)]
    checks = [found(f"outliers_{name}", 10 + place) for place, name in enumerate(names)]
    checks += [found("missing_a1", 5, "info"), found("missing_a2", 7, "info")]
    checks += [found("conflicting_keys", 2, "error"), found("tells_outcome_a1", 0, "ok")]
    labels = [{"attribute": one, "label": one.upper(), "label_ru": one.upper()} for one in names]
    figures = Figures({"data_quality": checks, "attributes": labels}, None)
    rows = quality_rows(figures)
    assert [row["check_name"] for row in rows] == [
        "conflicting_keys", "outliers_a29", "missing_a2", "missing_a1",
    ]  # fmt: skip
    assert rows[1]["rows_affected"] == 39
    assert rows[1]["attributes"] == names[::-1]
    said = [phrases.check_words(row, figures, Wording("en")) for row in rows]
    assert said[1].startswith("A29, A28, A27, A26 and 26 more: far from most values")
    assert said[2].startswith("A2: missing")
    assert "A26 и ещё 26: " in phrases.check_words(rows[1], figures, Wording("ru"))


def test_where_no_segment_is_confirmed_single_values_are_named():
    overview = {"customers": 900, "churned": 90, "churn_rate": 0.1, "churn_rate_low": 0.08,
                "churn_rate_high": 0.12}  # fmt: skip
    values = {"direction": "leaving", "customers": 120, "churn_rate": 0.3, "churn_rate_low": 0.2,
              "churn_rate_high": 0.42, "is_confirmed": True, "name": "At most 37 visits",
              "name_ru": "Визитов не больше 37"}  # fmt: skip
    sharper = values | {"churn_rate": 0.9, "churn_rate_low": 0.7, "is_confirmed": False}
    loyal = values | {"direction": "loyal", "churn_rate_low": 0.5}
    tables = {"churn_overview": [overview], "risk_segments": [],
              "risk_intervals": [sharper, loyal, values]}  # fmt: skip
    said = list(islice(findings(Figures(tables, None), Wording("en")), 2))[1]
    assert said.startswith("No leaving segment is confirmed. Of single values “At most 37 visits”")
    assert "30.0% left, 95% interval 20.0% to 42.0%" in said
    segment = {"direction": "leaving", "is_confirmed": True, "primary_customers": 9,
               "primary_share_of_churn": 0.2, "priority": None}  # fmt: skip
    figures = Figures(tables | {"risk_segments": [segment]}, None)
    said = list(islice(findings(figures, Wording("en")), 2))[1]
    assert said.startswith("The confirmed leaving segments hold")


def test_of_many_tests_what_was_found_comes_first():
    tests = [
        {"hypothesis_order": place, "conclusion": conclusion, "p_value_holm": p_value}
        for place, (conclusion, p_value) in enumerate(
            [*[("undecided", 0.5)] * 70, ("difference", 0.01), ("difference", 0.001)], start=1
        )
    ]
    few = Figures({"hypothesis_tests": tests[:20]}, None)
    assert shown_tests(few) == tests[:20]
    shown = shown_tests(Figures({"hypothesis_tests": tests}, None))
    assert len(shown) == MOST_TESTS
    assert [test["hypothesis_order"] for test in shown[:3]] == [72, 71, 1]


def test_of_many_attributes_clusters_show_where_they_differ():
    profiles = [
        {"cluster_id": cluster, "attribute": f"a{number}", "standardised_difference": difference}
        for cluster, sign in ((1, 1), (2, -1))
        for number, difference in [(one, sign * one / 10) for one in range(40)]
    ]
    shown = shown_profiles(Figures({"cluster_profiles": profiles}, None))
    assert {row["attribute"] for row in shown} == {f"a{number}" for number in range(20, 40)}
    assert len(shown) == 40


def test_conditions_that_do_not_hold_are_named():
    conditions = [
        {"segment_id": "x", "condition": "Age 1", "condition_ru": "Возраст 1", "holds": True},
        {"segment_id": "x", "condition": "Income 2", "condition_ru": "2 тыс.", "holds": False},
        {"segment_id": "y", "condition": "Age 1", "condition_ru": "Возраст 1", "holds": False},
    ]
    figures = Figures({"segment_conditions": conditions}, None)
    said = idle_conditions({"segment_id": "x"}, figures, Wording("en"))
    assert said.endswith("not shown for: Income 2.")
    assert idle_conditions({"segment_id": "x"}, figures, Wording("ru")).endswith(": 2 тыс.")
    # Of a single condition the segment's own test says it.
    assert not idle_conditions({"segment_id": "y"}, figures, Wording("en"))


def test_a_number_of_clusters_that_the_ceiling_decided_is_said():
    def note(chosen, most, language="en"):
        choice = [
            {"cluster_count": count, "is_chosen": count == chosen} for count in range(1, most + 1)
        ]
        return clusters_note(Figures({"cluster_choice": choice}, None), Wording(language))

    assert "cluster_max" in note(6, 6) and "более дробные" in note(6, 6, "ru")
    assert "cluster_max" not in note(5, 6) and "cluster_max" not in note(1, 1)


def test_a_column_that_says_nothing_is_left_out():
    table = Table("t", "t", [("a", False), ("b", True), ("c", True)], [])
    assert table.filled() is table
    rows = [[Cell("x"), Cell(NOTHING), Cell("1")], [Cell("y"), Cell(NOTHING), Cell(NOTHING)]]
    filled = replace(table, rows=rows).filled()
    assert filled.columns == [("a", False), ("c", True)]
    assert [[cell.text for cell in row] for row in filled.rows] == [["x", "1"], ["y", NOTHING]]
