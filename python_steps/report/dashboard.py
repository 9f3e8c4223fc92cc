"""The dashboard: one HTML page that needs no server and no network."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from python_steps.report import charts, findings
from python_steps.report.figures import Cube, Figures, Row
from python_steps.report.slicer import MAX_ATTRIBUTES, MINIMUM_CELL, slices
from python_steps.report.wording import NOTHING, Wording

TEMPLATES = Path(__file__).with_name("templates")
_MAX_REVERSALS = 4
# Texts of more letters need room.
_LONG = 24


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: what is shown.
        value: by what the column is sorted; the text where it is None.
        kind: a class of the style sheet.
    """

    text: str
    value: float | None = None
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """A table that readers sort and filter.

    Attributes:
        name: its id in the page.
        caption: what it shows.
        columns: the titles, and whether the cells are figures.
        rows: the cells.
        choices: values of the first column by which readers filter, if any.
    """

    name: str
    caption: str
    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[Cell]]
    choices: Sequence[str] = field(default_factory=tuple)

    def kind(self, column: int) -> str:
        """A class of the style sheet for a column: of figures, or of long texts."""
        if self.columns[column][1]:
            return "figure"
        return "long" if any(len(row[column].text) > _LONG for row in self.rows) else ""


@dataclass(frozen=True)
class Chart:
    """A chart with its description and, where a reader may want the figures, their table.

    Where there is nothing to draw, ``spec`` is None, and the page leaves the chart out.
    """

    name: str
    title: str
    description: str
    spec: charts.Spec | None
    table: Table | None = None


def render_dashboard(figures: Figures, wording: Wording) -> str:
    """The page.

    Args:
        figures: what the published file holds.
        wording: the language.

    Returns:
        HTML that loads nothing.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["_"] = wording.text
    script = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    return environment.get_template("dashboard.html").render(
        wording=wording,
        figures=figures,
        tiles=findings.key_figures(figures, wording),
        findings=list(findings.findings(figures, wording)),
        rates=list(_rates(figures, wording)),
        distributions=list(_distributions(figures, wording)),
        profiles=_profiles(figures, wording),
        associations=_associations(figures, wording),
        hypotheses=_hypotheses(figures, wording),
        reversals=list(_reversals(figures, wording)),
        misleading=_misleading(figures, wording),
        segments_chart=_segments_chart(figures, wording),
        segments=_segments(figures, wording),
        cards=_cards(figures, wording),
        frontier=_frontier(figures, wording),
        clusters=_clusters(figures, wording),
        clusters_chart=_clusters_chart(figures, wording),
        slicer=_slicer(figures, wording),
        interval_note=wording.text(findings.INTERVAL),
        clusters_note=wording.text(findings.CLUSTERS),
        notes=[wording.text(message) for message in findings.METHOD_NOTES],
        quality=_quality(figures, wording),
        style=Markup((TEMPLATES / "dashboard.css").read_text(encoding="utf-8")),
        script=Markup((TEMPLATES / "dashboard.js").read_text(encoding="utf-8")),
        vega=Markup(script.replace("</script", "<\\/script")),
        settings={
            "numbers": wording.number_format(),
            "language": wording.language,
            "noRows": wording.text("No row matches."),
        },
    )


def _rates(figures: Figures, wording: Wording) -> Iterable[Chart]:
    for attribute in figures.attributes:
        label = wording.label(attribute)
        yield Chart(
            name=f"rates-{attribute['attribute']}",
            title=label,
            description=wording.text("Churn rate by {label}, with 95% intervals", label=label),
            spec=charts.rates_chart(figures, attribute, wording),
            table=Table(
                name=f"rates-table-{attribute['attribute']}",
                caption=label,
                columns=_columns(
                    wording.text("Band"),
                    figures=(
                        wording.text("Customers"),
                        wording.text("Left"),
                        wording.text("Churn rate"),
                        wording.text("95% interval"),
                        wording.text("Lift"),
                    ),
                ),
                rows=[
                    [
                        Cell(wording.band(attribute, band), band["band_order"]),
                        _number(band["customers"], wording),
                        _number(band["churned"], wording),
                        _percent(band["churn_rate"], wording),
                        _interval(band, wording),
                        Cell(wording.number(band["lift"], 2), band["lift"]),
                    ]
                    for band in figures.bands(attribute["attribute"])
                ],
            ),
        )


def _distributions(figures: Figures, wording: Wording) -> Iterable[Chart]:
    for attribute in figures.attributes:
        if attribute["attribute_type"] in ("number", "integer"):
            label = wording.label(attribute)
            yield Chart(
                name=f"distribution-{attribute['attribute']}",
                title=label,
                description=wording.text(
                    "Distribution of {label} among those who left and those who stayed", label=label
                ),
                spec=charts.distribution_chart(figures, attribute, wording),
                table=Table(
                    name=f"distribution-table-{attribute['attribute']}",
                    caption=label,
                    columns=_columns(
                        label,
                        figures=(
                            wording.text("Customers"),
                            wording.text("Left"),
                            wording.text("Share of those who left"),
                            wording.text("Share of those who stayed"),
                        ),
                    ),
                    rows=[
                        [
                            Cell(wording.band(attribute, {**one, "band": ""}), one["bin_order"]),
                            _number(one["customers"], wording),
                            _number(one["churned"], wording),
                            _percent(one["share_of_left"], wording),
                            _percent(one["share_of_stayed"], wording),
                        ]
                        for one in figures.tables["attribute_histograms"]
                        if one["attribute"] == attribute["attribute"]
                    ],
                ),
            )


def _profiles(figures: Figures, wording: Wording) -> Table:
    groups = {
        "all": wording.text("all"),
        "left": wording.text("left"),
        "stayed": wording.text("stayed"),
    }
    rows = []
    for attribute in figures.attributes:
        for profile in figures.tables["attribute_profiles"]:
            if profile["attribute"] != attribute["attribute"]:
                continue
            group = profile["customer_group"]
            frequent = profile["most_frequent_value"]
            share = wording.percent(profile["most_frequent_share"])
            rows.append(
                [
                    Cell(wording.label(attribute), attribute["attribute_order"]),
                    Cell(groups[group], list(groups).index(group)),
                    _percent(profile["missing_share"], wording),
                    *(
                        _amount(profile[f"quantile_{quantile}"], wording)
                        for quantile in ("25", "50", "75")
                    ),
                    Cell(NOTHING if frequent is None else f"{wording.value(frequent)} {share}"),
                ]
            )
    return Table(
        name="profiles",
        caption=wording.text("What the customers look like"),
        columns=[
            (wording.text("Attribute"), False),
            (wording.text("Group"), False),
            (wording.text("Missing"), True),
            (wording.text("Lower quartile"), True),
            (wording.text("Median"), True),
            (wording.text("Upper quartile"), True),
            (wording.text("Most frequent value"), False),
        ],
        rows=rows,
    )


def _associations(figures: Figures, wording: Wording) -> Chart:
    return Chart(
        name="associations",
        title=wording.text("What goes together"),
        description=wording.text(
            "Association of each pair of attributes, Cramér's V corrected for chance: "
            "0 is none, 1 is complete"
        ),
        spec=charts.association_chart(figures, wording),
        table=Table(
            name="associations-table",
            caption=wording.text("What goes together"),
            columns=_columns(
                wording.text("Attribute"),
                wording.text("Other attribute"),
                figures=(wording.text("Cramér's V"),),
            ),
            rows=[
                [
                    Cell(findings.attribute_label(figures, wording, row["attribute_a"])),
                    Cell(findings.attribute_label(figures, wording, row["attribute_b"])),
                    Cell(wording.number(row["cramers_v_corrected"], 2), row["cramers_v_corrected"]),
                ]
                for row in figures.tables["attribute_associations"]
            ],
        ),
    )


def _hypotheses(figures: Figures, wording: Wording) -> Table:
    rows = []
    for test in figures.tables["hypothesis_tests"]:
        conclusion = findings.verdict_words(test, wording)
        caveat = wording.text("misleads") if test["caveat"] else ""
        rows.append(
            [
                Cell(conclusion, kind=f"conclusion {test['conclusion']}"),
                Cell(wording.own(test, "question"), test["hypothesis_order"]),
                Cell(findings.answer(test, wording)),
                Cell(findings.method_words(test, wording)),
                Cell(wording.p_value(test["p_value_holm"]), test["p_value_holm"]),
                Cell(caveat, kind="caveat"),
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


def _reversals(figures: Figures, wording: Wording) -> Iterable[Chart]:
    for reversal in findings.reversals(figures)[:_MAX_REVERSALS]:
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
    figures: Figures, cube: Cube, reversal: findings.Reversal, wording: Wording
) -> Table:
    attribute, stratum = reversal.attribute, reversal.stratum
    return Table(
        name=f"reversal-table-{attribute['attribute']}-{stratum['attribute']}",
        caption=wording.label(attribute),
        columns=_columns(
            wording.label(stratum),
            wording.label(attribute),
            figures=(wording.text("Customers"), wording.text("Left"), wording.text("Churn rate")),
        ),
        rows=[
            [
                Cell(cell.stratum),
                Cell(cell.group),
                _number(cell.customers, wording),
                _number(cell.churned, wording),
                _percent(cell.churned / cell.customers, wording),
            ]
            for cell in findings.rates_within(figures, cube, reversal, wording)
        ],
    )


def _misleading(figures: Figures, wording: Wording) -> Table:
    known = {attribute["attribute"]: attribute for attribute in figures.attributes}
    rows = []
    for effect in findings.misleading_effects(figures):
        attribute, stratum = known[effect["attribute"]], known[effect["stratum_attribute"]]
        rows.append(
            [
                Cell(wording.label(attribute), attribute["attribute_order"]),
                Cell(findings.effect_band(figures, wording, effect), effect["band_order"]),
                Cell(wording.label(stratum), stratum["attribute_order"]),
                _odds_ratio(effect, "crude_odds_ratio", wording),
                _odds_ratio(effect, "odds_ratio", wording),
                Cell(findings.misleading_words(effect, wording)),
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


def _segments_chart(figures: Figures, wording: Wording) -> Chart:
    return Chart(
        name="segments-chart",
        title=wording.text("On both halves of the customers"),
        description=wording.text("Churn rate of each segment on both halves of the customers"),
        spec=charts.segments_chart(figures, wording),
    )


def _segments(figures: Figures, wording: Wording) -> Table:
    directions = {"leaving": wording.text("leaving"), "loyal": wording.text("loyal")}
    return Table(
        name="segments-table",
        caption=wording.text("Segments"),
        columns=[
            (wording.text("Direction"), False),
            (wording.text("Segment"), False),
            (wording.text("Origin"), False),
            (wording.text("Customers"), True),
            (wording.text("Churn rate"), True),
            (wording.text("95% interval"), True),
            (wording.text("Testing half"), True),
            (wording.text("Confirmed"), False),
            (wording.text("Share of churn"), True),
            (wording.text("Churners to expect"), True),
            (wording.text("Balance to lose"), True),
        ],
        rows=[
            [
                Cell(directions[segment["direction"]]),
                Cell(wording.own(segment, "name"), segment["rank"]),
                Cell(findings.origin_words(segment, wording)),
                _number(segment["customers"], wording),
                _percent(segment["churn_rate"], wording),
                _interval(segment, wording),
                _percent(segment["confirmation_churn_rate"], wording),
                Cell(wording.text("yes") if segment["is_confirmed"] else wording.text("no")),
                _percent(segment["share_of_churn"], wording),
                _number(segment["expected_churners"], wording),
                _amount(segment["expected_lost_balance"], wording),
            ]
            for segment in figures.tables["risk_segments"]
        ],
        choices=list(directions.values()),
    )


def _cards(figures: Figures, wording: Wording) -> list[Mapping[str, Any]]:
    """What to know about each segment, and what to offer."""
    return [
        {
            "name": wording.own(segment, "name"),
            "rule": wording.own(segment, "rule"),
            "direction": segment["direction"],
            "is_named": segment["origin"] == "named",
            "facts": findings.segment_facts(segment, wording),
            "offers": [
                {
                    "action": wording.own(offer, "action"),
                    "reason": wording.own(offer, "reason"),
                }
                for offer in figures.offers(segment["segment_id"])
            ],
            "is_confirmed": segment["is_confirmed"],
        }
        for segment in figures.tables["risk_segments"]
    ]


def _frontier(figures: Figures, wording: Wording) -> Chart:
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
            columns=_columns(
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
                    _number(row["customers"], wording),
                    _percent(row["discovery_churn_rate"], wording),
                    _percent(row["confirmation_churn_rate"], wording),
                    Cell(
                        wording.interval(
                            row["confirmation_churn_rate_low"], row["confirmation_churn_rate_high"]
                        ),
                        row["confirmation_churn_rate_low"],
                    ),
                ]
                for row in figures.tables["segment_frontier"]
                if row["direction"] == "leaving"
            ],
        ),
    )


def _clusters(figures: Figures, wording: Wording) -> Table:
    return Table(
        name="clusters-table",
        caption=wording.text("Clusters"),
        columns=[
            (wording.text("Number"), True),
            (wording.text("Cluster"), False),
            (wording.text("Customers"), True),
            (wording.text("Churn rate"), True),
            (wording.text("95% interval"), True),
            (wording.text("Stability"), True),
        ],
        rows=[
            [
                _number(cluster["cluster_id"], wording),
                Cell(wording.own(cluster, "name")),
                _number(cluster["customers"], wording),
                _percent(cluster["churn_rate"], wording),
                _interval(cluster, wording),
                Cell(wording.number(cluster["stability"], 2), cluster["stability"]),
            ]
            for cluster in figures.tables["clusters"]
        ],
    )


def _clusters_chart(figures: Figures, wording: Wording) -> Chart:
    return Chart(
        name="clusters-chart",
        title=wording.text("How each cluster differs from all customers"),
        description=wording.text("Standard deviations above or below the mean of all customers"),
        spec=charts.clusters_chart(figures, wording),
        table=Table(
            name="clusters-profile-table",
            caption=wording.text("How each cluster differs from all customers"),
            columns=_columns(
                wording.text("Cluster"),
                wording.text("Attribute"),
                figures=(
                    wording.text("Mean"),
                    wording.text("Mean of all"),
                    wording.text("Standard deviations from all"),
                ),
            ),
            rows=[
                [
                    Cell(wording.number(row["cluster_id"]), row["cluster_id"]),
                    Cell(findings.attribute_label(figures, wording, row["attribute"])),
                    _amount(row["mean"], wording),
                    _amount(row["overall_mean"], wording),
                    Cell(
                        wording.signed(row["standardised_difference"]),
                        row["standardised_difference"],
                    ),
                ]
                for row in figures.tables["cluster_profiles"]
            ],
        ),
    )


def _slicer(figures: Figures, wording: Wording) -> Mapping[str, Any] | None:
    """The counts that the slicer adds up; nothing where the published file leaves out cells."""
    if figures.cube is None:
        return None
    attributes = figures.attributes
    bands = [figures.bands(attribute["attribute"]) for attribute in attributes]
    minimum = max(MINIMUM_CELL, figures.publication["minimum_cell"])
    minimum, cells = slices(figures.cube, [len(named) for named in bands], minimum)
    return {
        "attributes": [
            {
                "label": wording.label(attribute),
                "bands": [wording.band(attribute, band) for band in named],
            }
            for attribute, named in zip(attributes, bands, strict=True)
        ],
        "cells": cells,
        "minimum": minimum,
        "customers": figures.overview["customers"],
        "churned": figures.overview["churned"],
        "choices": min(MAX_ATTRIBUTES, len(attributes)),
    }


def _quality(figures: Figures, wording: Wording) -> Table:
    order = list(findings.SEVERITIES)
    return Table(
        name="quality",
        caption=wording.text("What to know about the table"),
        columns=[
            (wording.text("Weight"), False),
            (wording.text("What was found"), False),
            (wording.text("Rows"), True),
            (wording.text("Share"), True),
        ],
        rows=[
            [
                Cell(
                    findings.severity_words(row, wording),
                    order.index(row["severity"]),
                    f"severity {row['severity']}",
                ),
                Cell(findings.check_words(row, figures, wording)),
                _number(row["rows_affected"], wording),
                _percent(row["share"], wording),
            ]
            for row in findings.quality_rows(figures)
        ],
    )


def _columns(*texts: str, figures: Iterable[str]) -> list[tuple[str, bool]]:
    return [*((text, False) for text in texts), *((figure, True) for figure in figures)]


def _number(number: float | None, wording: Wording) -> Cell:
    return Cell(wording.number(number), number)


def _percent(share: float | None, wording: Wording) -> Cell:
    return Cell(wording.percent(share), share)


def _amount(amount: float | None, wording: Wording) -> Cell:
    return Cell(findings.value_words(amount, wording), amount)


def _interval(row: Row, wording: Wording) -> Cell:
    low, high = row["churn_rate_low"], row["churn_rate_high"]
    return Cell(wording.interval(low, high), low)


def _odds_ratio(effect: Row, column: str, wording: Wording) -> Cell:
    low, high = effect[f"{column}_low"], effect[f"{column}_high"]
    interval = f"{wording.number(low, 2)} – {wording.number(high, 2)}"
    return Cell(f"{wording.number(effect[column], 2)} ({interval})", effect[column])
