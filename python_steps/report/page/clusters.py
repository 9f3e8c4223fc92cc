"""The part of the page about clusters."""

from python_steps.report import charts, phrases
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
from python_steps.report.wording import Wording


def clusters_table(figures: Figures, wording: Wording) -> Table:
    """The table of clusters."""
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
                number_cell(cluster["cluster_id"], wording),
                Cell(wording.own(cluster, "name")),
                number_cell(cluster["customers"], wording),
                percent_cell(cluster["churn_rate"], wording),
                interval_cell(cluster, wording),
                Cell(wording.number(cluster["stability"], 2), cluster["stability"]),
            ]
            for cluster in figures.tables["clusters"]
        ],
    )


def clusters_chart(figures: Figures, wording: Wording) -> Chart:
    """How clusters differ, as a heat map."""
    return Chart(
        name="clusters-chart",
        title=wording.text("How each cluster differs from all customers"),
        description=wording.text("Standard deviations above or below the mean of all customers"),
        spec=charts.clusters_chart(figures, wording),
        table=Table(
            name="clusters-profile-table",
            caption=wording.text("How each cluster differs from all customers"),
            columns=columns_of(
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
                    Cell(phrases.attribute_label(figures, wording, row["attribute"])),
                    amount_cell(row["mean"], wording),
                    amount_cell(row["overall_mean"], wording),
                    Cell(
                        wording.signed(row["standardised_difference"]),
                        row["standardised_difference"],
                    ),
                ]
                for row in figures.tables["cluster_profiles"]
            ],
        ),
    )
