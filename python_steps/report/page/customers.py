"""The part of the page about customers: rates, distributions, profiles, associations."""

from collections.abc import Iterable

from python_steps.report import charts, findings, phrases
from python_steps.report.figures import Figures
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
from python_steps.report.wording import NOTHING, Wording


def shown_note(figures: Figures, wording: Wording) -> str:
    """That not all attributes are shown; empty where they are."""
    shown, all_of_them = len(findings.shown_attributes(figures)), len(figures.attributes)
    if shown == all_of_them:
        return ""
    return wording.text(
        "Of {all} attributes {shown} are shown: those by which churn differs most. The published "
        "tables have them all.",
        all=all_of_them,
        shown=shown,
    )


def rate_charts(figures: Figures, wording: Wording) -> Iterable[Chart]:
    """A chart of rates for each attribute that is shown."""
    for attribute in findings.shown_attributes(figures):
        label = wording.label(attribute)
        yield Chart(
            name=f"rates-{attribute['attribute']}",
            title=label,
            description=wording.text("Churn rate by {label}, with 95% intervals", label=label),
            spec=charts.rates_chart(figures, attribute, wording),
            table=Table(
                name=f"rates-table-{attribute['attribute']}",
                caption=label,
                columns=columns_of(
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
                        number_cell(band["customers"], wording),
                        number_cell(band["churned"], wording),
                        percent_cell(band["churn_rate"], wording),
                        interval_cell(band, wording),
                        Cell(wording.number(band["lift"], 2), band["lift"]),
                    ]
                    for band in figures.bands(attribute["attribute"])
                ],
            ),
        )


def distribution_charts(figures: Figures, wording: Wording) -> Iterable[Chart]:
    """A chart of the values of each ordered attribute that is shown, left against stayed."""
    for attribute in findings.shown_attributes(figures):
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
                    columns=columns_of(
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
                            Cell(wording.band(attribute, one), one["bin_order"]),
                            number_cell(one["customers"], wording),
                            number_cell(one["churned"], wording),
                            percent_cell(one["share_of_left"], wording),
                            percent_cell(one["share_of_stayed"], wording),
                        ]
                        for one in figures.tables["attribute_histograms"]
                        if one["attribute"] == attribute["attribute"]
                    ],
                ),
            )


def portrait_table(figures: Figures, wording: Wording) -> Table:
    """Who leaves and who stays, side by side."""
    return Table(
        name="portraits",
        caption=wording.text("The typical customer who leaves, and who stays"),
        columns=columns_of(
            wording.text("Attribute"),
            wording.text("Those who left"),
            wording.text("Those who stayed"),
            figures=(wording.text("Difference, standard deviations"),),
        ),
        rows=[
            [
                Cell(wording.label(attribute)),
                Cell(wording.own(row, "typical")),
                Cell(wording.own(row, "other_typical")),
                Cell(
                    wording.number(findings.portrait_difference(row), 2),
                    findings.portrait_difference(row),
                ),
            ]
            for attribute, row in findings.portrait_rows(figures)
        ],
    )


def intervals_table(figures: Figures, wording: Wording) -> Table:
    """The values of each attribute that go with raised churn, and with lowered."""
    directions = {"leaving": wording.text("leaving"), "loyal": wording.text("loyal")}
    return Table(
        name="intervals",
        caption=wording.text("Which values go with raised churn, and which with lowered?"),
        columns=[
            (wording.text("Direction"), False),
            (wording.text("Values"), False),
            (wording.text("Customers"), True),
            (wording.text("Churn rate"), True),
            (wording.text("95% interval"), True),
            (wording.text("Lift"), True),
            (wording.text("Share of churn"), True),
            (wording.text("Confirmed"), False),
        ],
        rows=[
            [
                Cell(directions[row["direction"]]),
                Cell(wording.own(row, "name"), row["rank"]),
                number_cell(row["customers"], wording),
                percent_cell(row["churn_rate"], wording),
                interval_cell(row, wording),
                Cell(wording.number(row["lift"], 2), row["lift"]),
                percent_cell(row["share_of_churn"], wording),
                Cell(wording.text("yes") if row["is_confirmed"] else wording.text("no")),
            ]
            for row in figures.tables["risk_intervals"][: findings.MOST_INTERVALS]
        ],
        choices=list(directions.values()),
    )


def profiles_table(figures: Figures, wording: Wording) -> Table:
    """The table of profiles."""
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
                    percent_cell(profile["missing_share"], wording),
                    *(
                        amount_cell(profile[f"quantile_{quantile}"], wording)
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


def associations_chart(figures: Figures, wording: Wording) -> Chart:
    """What goes together, as a heat map."""
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
            columns=columns_of(
                wording.text("Attribute"),
                wording.text("Other attribute"),
                figures=(wording.text("Cramér's V"),),
            ),
            rows=[
                [
                    Cell(phrases.attribute_label(figures, wording, row["attribute_a"])),
                    Cell(phrases.attribute_label(figures, wording, row["attribute_b"])),
                    Cell(wording.number(row["cramers_v_corrected"], 2), row["cramers_v_corrected"]),
                ]
                for row in findings.shown_associations(figures)
            ],
        ),
    )
