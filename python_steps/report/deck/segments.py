"""The slides about segments and clusters."""

from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.presentation import Presentation as Deck

from python_steps.report import findings, segment_words
from python_steps.report.deck.shapes import (
    LEFT,
    MAX_ROWS,
    QUIET,
    STAYED,
    add_chart,
    add_notes,
    add_slide,
    add_table,
    add_texts,
    colour_bars,
    grey_out,
)
from python_steps.report.figures import Figures, Row
from python_steps.report.wording import Wording

# More do not fit on a slide.
_MAX_OFFERS = 4


def add_segments(deck: Deck, figures: Figures, wording: Wording) -> None:
    """Add the tables of all segments."""
    segments = figures.by_priority
    for start in range(0, len(segments), MAX_ROWS):
        part = segments[start : start + MAX_ROWS]
        slide = add_slide(
            deck, wording.text("Segments: where customers leave, and where they stay")
        )
        add_table(
            slide,
            [
                wording.text("Segment"),
                wording.text("Customers"),
                wording.text("Churn rate"),
                wording.text("95% interval"),
                wording.text("Still here"),
                wording.text("Would leave at this rate"),
                wording.text("Balance that would go"),
            ],
            [
                [
                    wording.own(one, "name"),
                    wording.number(one["customers"]),
                    wording.percent(one["churn_rate"]),
                    wording.interval(one["churn_rate_low"], one["churn_rate_high"]),
                    wording.number(one["still_here"]),
                    wording.number(one["impact"]),
                    wording.amount(one["impact_balance"]),
                ]
                for one in part
            ],
            (0.6, 1.4, 12.1, 0.4),
            [3.7, 1.1, 1.1, 2.3, 1.5, 1.2, 1.2],
        )
        add_notes(slide, wording, [_exact(one) for one in part], "risk_segments")


def add_each_segment(deck: Deck, figures: Figures, wording: Wording) -> None:
    """Add a slide for each confirmed segment with its offers."""
    for segment in figures.by_priority:
        slide = add_slide(deck, wording.own(segment, "name"))
        add_texts(slide, [wording.own(segment, "rule")], (0.6, 1.15, 12.1, 0.4), 14, colour=QUIET)
        facts = segment_words.segment_facts(segment, wording)
        add_table(slide, [], [list(fact) for fact in facts], (0.6, 1.7, 5.6, 0.3), [2.6, 3.0])
        data = CategoryChartData(number_format="0.0%")
        bars = [
            (wording.text("Search half"), segment["discovery_churn_rate"]),
            (wording.text("Testing half"), segment["churn_rate"]),
            (wording.text("All customers"), figures.overview["churn_rate"]),
        ]
        data.categories = [name for name, _ in reversed(bars)]
        data.add_series(wording.text("Churn rate"), [rate for _, rate in reversed(bars)])
        chart = add_chart(
            slide,
            XL_CHART_TYPE.BAR_CLUSTERED,
            data,
            (6.4, 1.6, 6.4, 2.5),
            wording.text("Churn rate"),
        )
        colour_bars(chart, [LEFT if segment["direction"] == "leaving" else STAYED])
        grey_out(chart, 0)
        offers = figures.offers(segment["segment_id"])
        if offers:
            add_table(
                slide,
                [
                    wording.text("What to offer")
                    if segment["direction"] == "leaving"
                    else wording.text("What to do"),
                    wording.text("Why"),
                ],
                [
                    [wording.own(offer, "action"), wording.own(offer, "reason")]
                    for offer in offers[:_MAX_OFFERS]
                ],
                (0.6, 4.35, 12.1, 0.4),
                [5.4, 6.7],
            )
        else:
            unconfirmed = wording.text("Not confirmed: no offer without confirmation.")
            said = [] if segment["is_confirmed"] else [unconfirmed]
            add_texts(slide, said, (0.6, 4.6, 12.1, 0.5), 16)
        further = [
            f"{wording.own(offer, 'action')}: {wording.own(offer, 'reason')}"
            for offer in offers[_MAX_OFFERS:]
        ]
        source = f"risk_segments, segment_recommendations: {segment['segment_id']}"
        notes = [
            *(": ".join(fact) for fact in segment_words.segment_further_facts(segment, wording)),
            segment_words.priority_words(segment, wording),
            segment_words.idle_conditions(segment, figures, wording),
            segment_words.which_comes_first(segment, figures, wording),
            *further,
        ]
        said = [note for note in notes if note]
        add_notes(slide, wording, [_exact(segment), segment["rule_sql"], *said], source)


def add_clusters(deck: Deck, figures: Figures, wording: Wording) -> None:
    """Add the clusters."""
    slide = add_slide(deck, wording.text("How do customers use the bank?"))
    clusters = figures.tables["clusters"]
    add_table(
        slide,
        [
            wording.text("Cluster"),
            wording.text("Customers"),
            wording.text("Churn rate"),
            wording.text("95% interval"),
            wording.text("Stability"),
        ],
        [
            [
                wording.own(one, "name"),
                wording.number(one["customers"]),
                wording.percent(one["churn_rate"]),
                wording.interval(one["churn_rate_low"], one["churn_rate_high"]),
                wording.number(one["stability"], 2),
            ]
            for one in clusters
        ],
        (0.6, 2.0, 12.1, 0.4),
        [5.3, 1.5, 1.5, 2.3, 1.5],
    )
    add_texts(
        slide, [findings.clusters_note(figures, wording)], (0.6, 1.15, 12.1, 0.7), 14, colour=QUIET
    )
    said = [
        f"{one['cluster_id']}: {one['churned']} / {one['customers']} = {one['churn_rate']}"
        for one in clusters
    ]
    add_notes(slide, wording, said, "clusters, cluster_profiles, cluster_choice")


def _exact(segment: Row) -> str:
    columns = (
        "customers", "churned", "pooled_churn_rate", "confirmation_customers",
        "confirmation_churned", "churn_rate", "churn_rate_low", "churn_rate_high", "lift",
        "lift_low", "lift_high", "minimum_lift", "lift_p_value_holm", "overall_p_value_holm",
        "discovery_customers", "discovery_churn_rate", "share_of_churn", "priority", "still_here",
        "impact", "impact_low", "impact_high", "balance_still_here", "impact_balance",
        "still_here_once", "impact_once", "stability",
    )  # fmt: skip
    return f"{segment['segment_id']}: " + ", ".join(f"{key} = {segment[key]}" for key in columns)
