"""The slides about hypotheses, and where pooled figures mislead."""

import re
from collections.abc import Sequence

from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.presentation import Presentation as Deck

from python_steps.report import phrases, reversals
from python_steps.report.deck.shapes import (
    LEFT,
    MAX_ROWS,
    STAYED,
    add_chart,
    add_notes,
    add_slide,
    add_table,
    category,
    colour_bars,
)
from python_steps.report.figures import Figures, Row
from python_steps.report.wording import Wording
from python_steps.statistics.conclusions import CONCLUSIONS
from python_steps.statistics.hypotheses import OF_RATES


def add_hypotheses(deck: Deck, figures: Figures, wording: Wording) -> None:
    """Add the slides with the verdicts."""
    tests = figures.tables["hypothesis_tests"]
    if not tests:
        return
    slide = add_slide(deck, wording.text("Which hypotheses hold?"))
    conclusions = [test["conclusion"] for test in tests]
    counts = [
        (wording.text(words), conclusions.count(key))
        for key, words in CONCLUSIONS.items()
        if key in conclusions
    ]
    data = CategoryChartData(number_format="0")
    data.categories = [words for words, _ in counts]
    data.add_series(wording.text("Tests"), [number for _, number in counts])
    chart = add_chart(
        slide,
        XL_CHART_TYPE.COLUMN_CLUSTERED,
        data,
        (0.5, 1.3, 5.6, 5.6),
        wording.text("Verdicts of all tests"),
    )
    colour_bars(chart, [STAYED])
    # Of what was asked about churn rates first, as a board reads those.
    of_rates = [test for test in tests if test["method"] in OF_RATES]
    shown = of_rates or tests
    add_table(
        slide,
        [wording.text("Question"), wording.text("Verdict"), wording.text("Figures")],
        first_rows(
            [
                [
                    wording.own(test, "question"),
                    phrases.verdict_words(test, wording),
                    _figures_of(test, figures, wording),
                ]
                for test in shown
            ],
            7,
            wording,
        ),
        (6.2, 1.4, 6.6, 0.4),
        [2.4, 1.4, 2.8],
        size=10,
    )
    said = [
        f"{wording.own(test, 'question')} "
        f"{phrases.verdict_words(test, wording)}: "
        f"{phrases.answer(test, wording)}; p {wording.p_value(test['p_value_holm'])}"
        for test in tests
    ]
    add_notes(slide, wording, said, "hypothesis_tests")


def _figures_of(test: Row, figures: Figures, wording: Wording) -> str:
    """What a test found, and where that misleads."""
    said, caveat = phrases.answer(test, wording), wording.own(test, "caveat")
    # The largest is the first; the notes have no more of it than the page.
    first = re.split(r"(?<=[.]) (?=Misleads|Осторожно|One table|По одной)", caveat)[0]
    return f"{said}. {first}" if first else said


def add_misleading(deck: Deck, figures: Figures, wording: Wording) -> None:
    """Add the slides with effects that mislead."""
    effects = reversals.misleading_effects(figures)
    if not effects:
        return
    slide = add_slide(deck, wording.text("Where pooled figures mislead"))
    rows = [
        [
            f"{phrases.attribute_label(figures, wording, effect['attribute'])}: "
            f"{reversals.effect_band(figures, wording, effect)}",
            phrases.attribute_label(figures, wording, effect["stratum_attribute"]),
            phrases.misleading_words(effect, wording),
        ]
        for effect in effects
    ]
    titles = [wording.text("Effect"), wording.text("Within"), wording.text("What happens")]
    drawn = reversals.reversals(figures)
    if drawn and figures.cube is not None:
        attribute, stratum = drawn[0].attribute, drawn[0].stratum
        cells = list(reversals.rates_within(figures, figures.cube, drawn[0], wording))
        data = CategoryChartData(number_format="0%")
        strata = list(dict.fromkeys(cell.stratum for cell in cells))
        data.categories = [category(name) for name in strata]
        for group in dict.fromkeys(cell.group for cell in cells):
            rates = {
                cell.stratum: cell.churned / cell.customers for cell in cells if cell.group == group
            }
            data.add_series(category(group), [rates.get(name) for name in strata])
        chart = add_chart(
            slide,
            XL_CHART_TYPE.LINE_MARKERS,
            data,
            (0.5, 1.3, 6.2, 5.6),
            wording.text(
                "{label} within {stratum}: churn rate",
                label=wording.label(attribute),
                stratum=wording.own(stratum, "label"),
            ),
            labels=False,
        )
        chart.has_legend = True
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        colour_bars(chart, [LEFT, STAYED])
        shown = first_rows(rows, 8, wording)
        add_table(slide, titles, shown, (6.9, 1.4, 5.8, 0.4), [1.9, 1.3, 2.6], size=11)
    else:
        shown = first_rows(rows, MAX_ROWS, wording)
        add_table(slide, titles, shown, (0.6, 1.4, 12.1, 0.4), [4, 3, 5.1])
    exact = [
        f"{effect['attribute']} = {effect['band']} / {effect['stratum_attribute']}: "
        f"crude_odds_ratio = {effect['crude_odds_ratio']}, odds_ratio = {effect['odds_ratio']}"
        for effect in effects
    ]
    add_notes(slide, wording, exact, "stratified_effects, churn_cube")


def first_rows(rows: Sequence[list[str]], count: int, wording: Wording) -> list[list[str]]:
    """So many rows, the last of which says how many more there are."""
    if len(rows) <= count:
        return list(rows)
    more = wording.text("and {number} more, in the notes", number=len(rows) - count + 1)
    return [*rows[: count - 1], [more, *[""] * (len(rows[0]) - 1)]]
