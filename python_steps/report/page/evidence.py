"""The part of the page about evidence: hypotheses, and where pooled figures mislead."""

from collections.abc import Iterable

from python_steps.report import charts, findings, phrases, reversals
from python_steps.report.figures import Cube, Figures
from python_steps.report.page.elements import (
    Cell,
    Chart,
    Table,
    columns_of,
    number_cell,
    odds_ratio_cell,
    percent_cell,
)
from python_steps.report.wording import Wording

_MAX_REVERSALS = 4


def hypotheses_table(figures: Figures, wording: Wording) -> Table:
    """The table of verdicts."""
    rows = []
    for test in findings.shown_tests(figures):
        conclusion = phrases.verdict_words(test, wording)
        rows.append(
            [
                Cell(conclusion, kind=f"conclusion {test['conclusion']}"),
                Cell(wording.own(test, "question"), test["hypothesis_order"]),
                Cell(phrases.answer(test, wording)),
                Cell(phrases.method_words(test, wording)),
                Cell(wording.p_value(test["p_value_holm"]), test["p_value_holm"]),
                Cell(wording.own(test, "caveat"), kind="caveat"),
            ]
        )
    return Table(
        name="hypotheses",
        caption=wording.text("Hypotheses, tested together with Holm's correction"),
        columns=[
            (wording.text("Verdict"), False),
            (wording.text("Question"), False),
            (wording.text("Figures, 95% intervals in brackets"), False),
            (wording.text("Method"), False),
            (wording.text("p after correction"), True),
            (wording.text("Caution"), False),
        ],
        rows=rows,
        choices=list(dict.fromkeys(row[0].text for row in rows)),
    )


def tests_note(figures: Figures, wording: Wording) -> str:
    """That not all tests are shown; empty where they are."""
    shown, all_of_them = len(findings.shown_tests(figures)), len(figures.tables["hypothesis_tests"])
    if shown == all_of_them:
        return ""
    return wording.text(
        "Of {all} tests {shown} are shown, what was found first. The published tables have them "
        "all; all are corrected together.",
        all=all_of_them,
        shown=shown,
    )


def reversal_charts(figures: Figures, wording: Wording) -> Iterable[Chart]:
    """A chart for each of the clearest reversals."""
    for reversal in reversals.reversals(figures)[:_MAX_REVERSALS]:
        if figures.cube is None:
            return
        attribute, stratum = reversal.attribute, reversal.stratum
        title = wording.text(
            "{label} within {stratum}",
            label=wording.label(attribute),
            stratum=wording.own(stratum, "label"),
        )
        yield Chart(
            name=f"reversal-{attribute['attribute']}-{stratum['attribute']}",
            title=title,
            description=wording.text("Churn rate within each band, with 95% intervals"),
            spec=charts.reversal_chart(figures, figures.cube, reversal, wording),
            table=_reversal_table(figures, figures.cube, reversal, wording),
        )


def _reversal_table(
    figures: Figures, cube: Cube, reversal: reversals.Reversal, wording: Wording
) -> Table:
    attribute, stratum = reversal.attribute, reversal.stratum
    return Table(
        name=f"reversal-table-{attribute['attribute']}-{stratum['attribute']}",
        caption=wording.label(attribute),
        columns=columns_of(
            wording.label(stratum),
            wording.label(attribute),
            figures=(wording.text("Customers"), wording.text("Left"), wording.text("Churn rate")),
        ),
        rows=[
            [
                Cell(cell.stratum),
                Cell(cell.group),
                number_cell(cell.customers, wording),
                number_cell(cell.churned, wording),
                percent_cell(cell.churned / cell.customers, wording),
            ]
            for cell in reversals.rates_within(figures, cube, reversal, wording)
        ],
    )


def misleading_table(figures: Figures, wording: Wording) -> Table:
    """The table of effects that mislead."""
    known = {attribute["attribute"]: attribute for attribute in figures.attributes}
    rows = []
    for effect in reversals.misleading_effects(figures):
        attribute, stratum = known[effect["attribute"]], known[effect["stratum_attribute"]]
        rows.append(
            [
                Cell(wording.label(attribute), attribute["attribute_order"]),
                Cell(reversals.effect_band(figures, wording, effect), effect["band_order"]),
                Cell(wording.label(stratum), stratum["attribute_order"]),
                odds_ratio_cell(effect, "crude_odds_ratio", wording),
                odds_ratio_cell(effect, "odds_ratio", wording),
                Cell(phrases.misleading_words(effect, wording)),
            ]
        )
    return Table(
        name="misleading",
        caption=wording.text("Effects that change within the bands of another attribute"),
        columns=[
            (wording.text("Attribute"), False),
            (wording.text("Band"), False),
            (wording.text("Within"), False),
            (wording.text("Odds ratio, pooled"), True),
            (wording.text("Odds ratio, within"), True),
            (wording.text("What happens"), False),
        ],
        rows=rows,
    )
