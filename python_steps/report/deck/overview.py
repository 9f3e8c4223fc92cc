"""The first slides: title, key figures, findings, rates; and the last, data and methods."""

from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.presentation import Presentation as Deck
from pptx.util import Inches, Pt

from python_steps.report import findings, phrases
from python_steps.report.deck.evidence import first_rows
from python_steps.report.deck.shapes import (
    LEFT,
    MAX_ROWS,
    PANEL,
    QUIET,
    TEXT,
    add_bullets,
    add_chart,
    add_notes,
    add_slide,
    add_table,
    add_texts,
    category,
    colour_bars,
    fill_text,
    grey_out,
    inches,
)
from python_steps.report.figures import Figures, Row
from python_steps.report.wording import Wording

# More do not fit on a slide.
_MAX_RATES = 4
# Rates of fewer customers show how many these are.
_FEW = 100
# More attributes do not fit below two sentences.
_MAX_PORTRAIT = 9


def add_title(deck: Deck, figures: Figures, wording: Wording) -> None:
    """Add the title."""
    publication = figures.publication
    slide = add_slide(deck, wording.text("Who leaves the bank, and what to offer them"), 40)
    assert slide.shapes.title is not None
    slide.shapes.title.top, slide.shapes.title.height = Inches(2.3), Inches(1.6)
    add_texts(slide, [findings.about(figures, wording)], (0.6, 3.9, 12, 1), size=20, colour=QUIET)
    versions = f"bank_churn {publication['project_version']}, {publication['engine_versions']}"
    add_notes(slide, wording, [versions], "publication")


def add_key_figures(deck: Deck, figures: Figures, wording: Wording) -> None:
    """Add the key figures, and how much churn the first segments hold."""
    slide = add_slide(deck, wording.text("How many leave, and how sure are we?"))
    tiles = findings.key_figures(figures, wording)
    width = 12.1 / len(tiles)
    for place, (name, figure, remark) in enumerate(tiles):
        box = (0.6 + place * width, 1.4, width - 0.15, 1.7)
        panel = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *inches(box))
        panel.fill.solid()
        panel.fill.fore_color.rgb = PANEL
        panel.line.fill.background()
        panel.shadow.inherit = False
        fill_text(panel.text_frame, [name, figure, remark], 14, QUIET)
        panel.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        for paragraph in panel.text_frame.paragraphs:
            paragraph.alignment = PP_ALIGN.LEFT
        run = panel.text_frame.paragraphs[1].runs[0]
        size = 30 if len(figure) < 8 else 24
        run.font.size, run.font.bold, run.font.color.rgb = Pt(size), True, TEXT
    leaving = figures.segments("leaving")
    if leaving:
        data = CategoryChartData(number_format="0%")
        data.categories = [str(segment["rank"]) for segment in leaving]
        data.add_series(
            wording.text("Share of churn"),
            [segment["cumulative_share_of_churn"] for segment in leaving],
        )
        chart = add_chart(
            slide,
            XL_CHART_TYPE.COLUMN_CLUSTERED,
            data,
            (0.5, 3.3, 12.2, 3.0),
            wording.text("Share of all churn in the first so many leaving segments"),
        )
        colour_bars(chart, [LEFT])
    add_texts(
        slide, [wording.text(findings.INTERVAL)], (0.6, 6.5, 12.1, 0.6), size=14, colour=QUIET
    )
    overview = figures.overview
    exact = [
        f"{column} = {overview[column]}"
        for column in ("customers", "churned", "churn_rate", "churn_rate_low", "churn_rate_high")
    ]
    add_notes(slide, wording, exact, "churn_overview, churn_cube, risk_segments")


def add_findings(deck: Deck, figures: Figures, wording: Wording) -> None:
    """Add the findings."""
    said = list(findings.findings(figures, wording))
    slide = add_bullets(deck, wording.text("Findings"), said)
    add_notes(
        slide, wording, said, "churn_overview, risk_segments, churn_rates, stratified_effects"
    )


def add_rates(deck: Deck, figures: Figures, wording: Wording) -> None:
    """Add the rates by the strongest attributes."""
    slide = add_slide(deck, wording.text("Who leaves?"))
    exact = []
    for place, attribute in enumerate(findings.strongest_attributes(figures)[:_MAX_RATES]):
        bands = figures.bands(attribute["attribute"])
        data = CategoryChartData(number_format="0%")
        # Charts of bars begin at the bottom.
        data.categories = [
            category(_rate_label(attribute, band, wording)) for band in reversed(bands)
        ]
        data.add_series(
            wording.text("Churn rate"), [band["churn_rate"] for band in reversed(bands)]
        )
        box = (0.5 + place % 2 * 6.2, 1.25 + place // 2 * 3.05, 6.1, 3.05)
        chart = add_chart(slide, XL_CHART_TYPE.BAR_CLUSTERED, data, box, wording.label(attribute))
        colour_bars(chart, [LEFT])
        for number, band in enumerate(reversed(bands)):
            if band["band_order"] == 0:
                grey_out(chart, number)
        exact += [
            f"{wording.label(attribute)}, {wording.band(attribute, band)}: "
            f"{band['churned']} / {band['customers']} = {wording.percent(band['churn_rate'], 2)} "
            f"({wording.interval(band['churn_rate_low'], band['churn_rate_high'])})"
            for band in bands
        ]
    add_notes(slide, wording, exact, "churn_rates")


def add_portraits(deck: Deck, figures: Figures, wording: Wording) -> None:
    """Add who leaves and who stays, side by side."""
    rows = findings.portrait_rows(figures)[:_MAX_PORTRAIT]
    if not rows:
        return
    slide = add_slide(deck, wording.text("The typical customer who leaves, and who stays"))
    said = [f"{name}: {portrait}" for name, portrait in findings.portrait_words(figures, wording)]
    add_texts(slide, said, (0.6, 1.2, 12.1, 1.2), 14)
    add_table(
        slide,
        [
            wording.text("Attribute"),
            wording.text("Those who left"),
            wording.text("Those who stayed"),
        ],
        [
            [
                wording.label(attribute),
                wording.own(row, "typical"),
                wording.own(row, "other_typical"),
            ]
            for attribute, row in rows
        ],
        (0.6, 2.6, 12.1, 0.4),
        [2.9, 4.6, 4.6],
    )
    exact = [
        f"{row['attribute']}: {row['standardised_difference']}, {row['missing_difference']}"
        for _, row in rows
    ]
    add_notes(slide, wording, [*said, *exact], "portraits")


def add_intervals(deck: Deck, figures: Figures, wording: Wording) -> None:
    """Add the values of single attributes that go with raised churn, and with lowered."""
    rows = figures.tables["risk_intervals"]
    if not rows:
        return
    slide = add_slide(
        deck, wording.text("Which values go with raised churn, and which with lowered?")
    )
    add_table(
        slide,
        [
            wording.text("Values"),
            wording.text("Customers"),
            wording.text("Churn rate"),
            wording.text("95% interval"),
            wording.text("Share of churn"),
        ],
        [
            [
                wording.own(row, "name"),
                wording.number(row["customers"]),
                wording.percent(row["churn_rate"]),
                wording.interval(row["churn_rate_low"], row["churn_rate_high"]),
                wording.percent(row["share_of_churn"]),
            ]
            for row in sorted(rows[:MAX_ROWS], key=lambda row: -(row["churn_rate"] or 0.0))
        ],
        (0.6, 1.4, 12.1, 0.4),
        [4.9, 1.6, 1.6, 2.4, 1.6],
    )
    exact = [
        f"{row['rule_sql']}: {row['confirmation_churned']} / {row['confirmation_customers']} = "
        f"{row['churn_rate']}, p_value_holm = {row['p_value_holm']}"
        for row in rows
    ]
    add_notes(slide, wording, exact, "risk_intervals")


def _rate_label(attribute: Row, band: Row, wording: Wording) -> str:
    """The band's name, and its customers where they are too few for a bar to mean much."""
    name = wording.band(attribute, band)
    if band["customers"] >= _FEW:
        return name
    customers = wording.number(band["customers"])
    return wording.text("{band} (n = {customers})", band=name, customers=customers)


def add_quality(deck: Deck, figures: Figures, wording: Wording) -> None:
    """Add what to know about the data."""
    slide = add_slide(deck, wording.text("What to know about the table"))
    rows = findings.quality_rows(figures)
    add_table(
        slide,
        [
            wording.text("Weight"),
            wording.text("What was found"),
            wording.text("Rows"),
            wording.text("Share"),
        ],
        first_rows(
            [
                [
                    phrases.severity_words(row, wording),
                    phrases.check_words(row, figures, wording),
                    wording.number(row["rows_affected"]),
                    wording.percent(row["share"]),
                ]
                for row in rows
            ],
            MAX_ROWS,
            wording,
        ),
        (0.6, 1.4, 12.1, 0.4),
        [1.8, 7.3, 1.5, 1.5],
    )
    said = [
        f"{row['check_name']} = {row['rows_affected']}. "
        + phrases.check_words(row, figures, wording)
        for row in rows
    ]
    add_notes(slide, wording, said, "data_quality")


def add_methods(deck: Deck, figures: Figures, wording: Wording) -> None:
    """Add how it was found."""
    said = list(findings.method_notes(figures, wording))
    # The slide has room for those that always hold, the notes for the others.
    room = len(findings.METHOD_NOTES)
    slide = add_bullets(deck, wording.text("Methods and caveats"), said[:room])
    add_notes(slide, wording, said[room:], "publication, test_families")
