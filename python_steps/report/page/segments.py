"""The part of the page about segments."""

from collections.abc import Mapping
from typing import Any

from python_steps.report import charts, segment_words
from python_steps.report.figures import Figures, Row
from python_steps.report.page.elements import (
    Cell,
    Chart,
    Table,
    amount_cell,
    columns_of,
    interval_cell,
    number_cell,
    percent_cell,
)
from python_steps.report.wording import Wording


def segments_chart(figures: Figures, wording: Wording) -> Chart:
    """Rates of segments on both halves."""
    return Chart(
        name="segments-chart",
        title=wording.text("On both halves of the customers"),
        description=wording.text("Churn rate of each segment on both halves of the customers"),
        spec=charts.segments_chart(figures, wording),
    )


def segments_table(figures: Figures, wording: Wording) -> Table:
    """The table of segments."""
    directions = {"leaving": wording.text("leaving"), "loyal": wording.text("loyal")}
    return Table(
        name="segments-table",
        caption=wording.text("Segments"),
        columns=[
            (wording.text("Direction"), False),
            (wording.text("Priority"), True),
            (wording.text("Segment"), False),
            (wording.text("Customers"), True),
            (wording.text("Churn rate"), True),
            (wording.text("95% interval"), True),
            (wording.text("Still here"), True),
            (wording.text("Would leave at this rate"), True),
            (wording.text("Balance that would go"), True),
            (wording.text("Confirmed"), False),
        ],
        rows=[
            [
                Cell(directions[segment["direction"]]),
                number_cell(segment["priority"], wording),
                Cell(wording.own(segment, "name"), segment["rank"]),
                number_cell(segment["customers"], wording),
                percent_cell(segment["churn_rate"], wording),
                interval_cell(segment, wording),
                number_cell(segment["still_here"], wording),
                number_cell(segment["impact"], wording),
                amount_cell(segment["impact_balance"], wording),
                Cell(wording.text("yes") if segment["is_confirmed"] else wording.text("no")),
            ]
            for segment in figures.by_priority
        ],
        choices=list(directions.values()),
    )


def segment_cards(figures: Figures, wording: Wording) -> list[Mapping[str, Any]]:
    """What to know about each segment, and what to offer."""
    return [
        {
            "name": wording.own(segment, "name"),
            "rule": wording.own(segment, "rule"),
            "direction": segment["direction"],
            "is_named": segment["origin"] == "named",
            "facts": [
                *segment_words.segment_facts(segment, wording),
                *segment_words.segment_further_facts(segment, wording),
            ],
            "offers": [
                {
                    "action": wording.own(offer, "action"),
                    "reason": wording.own(offer, "reason"),
                }
                for offer in figures.offers(segment["segment_id"])
            ],
            "is_confirmed": segment["is_confirmed"],
            "idle": segment_words.idle_conditions(segment, figures, wording),
            "which_first": segment_words.which_comes_first(segment, figures, wording),
            "portrait": _portrait(segment, figures, wording),
            "priority": segment_words.priority_words(segment, wording),
        }
        for segment in figures.by_priority
    ]


def _portrait(segment: Row, figures: Figures, wording: Wording) -> str:
    """The typical customer of a segment, in a sentence; empty where it is not published."""
    rows = figures.portrait("segment", segment["segment_id"])
    return wording.own(rows[0], "portrait") if rows else ""


def frontier_chart(figures: Figures, wording: Wording) -> Chart:
    """The best rule of each size."""
    return Chart(
        name="frontier",
        title=wording.text("The sharpest segment of each size"),
        description=wording.text(
            "Rules that are sharpest for their size in the search half, with the churn rate and "
            "95% interval of the testing half"
        ),
        spec=charts.frontier_chart(figures, wording),
        table=Table(
            name="frontier-table",
            caption=wording.text("The sharpest segment of each size"),
            columns=columns_of(
                wording.text("Segment"),
                figures=(
                    wording.text("Customers"),
                    wording.text("Churn rate, search half"),
                    wording.text("Churn rate, testing half"),
                    wording.text("95% interval, testing half"),
                ),
            ),
            rows=[
                [
                    Cell(wording.own(row, "name")),
                    number_cell(row["customers"], wording),
                    percent_cell(row["discovery_churn_rate"], wording),
                    percent_cell(row["churn_rate"], wording),
                    Cell(
                        wording.interval(row["churn_rate_low"], row["churn_rate_high"]),
                        row["churn_rate_low"],
                    ),
                ]
                for row in figures.tables["segment_frontier"]
                if row["direction"] == "leaving"
            ],
        ),
    )
