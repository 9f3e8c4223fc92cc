"""The deck: a PowerPoint presentation with native charts and tables, and its sources in notes."""

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.chart.chart import Chart
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.text.text import TextFrame
from pptx.util import Emu, Inches, Length, Pt

from python_steps.report import charts, findings
from python_steps.report.figures import Figures, Row
from python_steps.report.wording import Wording

_WIDTH, _HEIGHT, _MARGIN = Inches(13.333), Inches(7.5), Inches(0.6)
_TEXT, _QUIET, _PANEL = (
    RGBColor(0x1B, 0x1F, 0x24),
    RGBColor(0x54, 0x5B, 0x64),
    RGBColor(0xF5, 0xF6, 0xF8),
)
_LEFT, _STAYED, _GREY = (
    RGBColor.from_string(colour.lstrip("#").upper())
    for colour in (charts.LEFT, charts.STAYED, charts.MISSING)
)
_TITLE_AND_CONTENT, _TITLE_ONLY = 1, 5
# How much a slide can hold.
_MAX_OFFERS, _MAX_ROWS, _MAX_RATES = 4, 11, 4
# Rates of fewer customers show how many these are.
_FEW = 100

Box = tuple[float, float, float, float]


def render_deck(figures: Figures, wording: Wording) -> bytes:
    """The presentation.

    Args:
        figures: what the published file holds.
        wording: the language.

    Returns:
        A .pptx file.
    """
    deck = Presentation()
    deck.slide_width, deck.slide_height = _WIDTH, _HEIGHT
    deck.core_properties.title = wording.text("Who leaves the bank")
    deck.core_properties.author = "bank_churn"
    deck.core_properties.language = wording.language
    # The same figures make the same file.
    moment = figures.publication["published_at"]
    deck.core_properties.created = deck.core_properties.modified = moment
    slides: list[Callable[[Deck, Figures, Wording], None]] = [
        _title, _key_figures, _findings, _rates, _segments, _each_segment, _hypotheses,
        _misleading, _clusters, _quality, _methods,
    ]  # fmt: skip
    for add in slides:
        add(deck, figures, wording)
    written = BytesIO()
    deck.save(written)
    return written.getvalue()


def _title(deck: Deck, figures: Figures, wording: Wording) -> None:
    publication = figures.publication
    slide = _slide(deck, wording.text("Who leaves the bank, and what to offer them"), 40)
    assert slide.shapes.title is not None
    slide.shapes.title.top, slide.shapes.title.height = Inches(2.3), Inches(1.6)
    about = wording.text(
        "{source}, {customers}, state of {moment}",
        source=publication["source"],
        customers=findings.customers_words(figures.overview["customers"], wording),
        moment=wording.moment(publication["published_at"]),
    )
    _texts(slide, [about], (0.6, 3.9, 12, 1), size=20, colour=_QUIET)
    versions = f"bank_churn {publication['project_version']}, {publication['engine_versions']}"
    _notes(slide, wording, [versions], "publication")


def _key_figures(deck: Deck, figures: Figures, wording: Wording) -> None:
    slide = _slide(deck, wording.text("How many leave, and how sure are we?"))
    tiles = findings.key_figures(figures, wording)
    width = 12.1 / len(tiles)
    for place, (name, figure, remark) in enumerate(tiles):
        box = (0.6 + place * width, 1.4, width - 0.15, 1.7)
        panel = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *_inches(box))
        panel.fill.solid()
        panel.fill.fore_color.rgb = _PANEL
        panel.line.fill.background()
        panel.shadow.inherit = False
        _fill(panel.text_frame, [name, figure, remark], 14, _QUIET)
        panel.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        for paragraph in panel.text_frame.paragraphs:
            paragraph.alignment = PP_ALIGN.LEFT
        run = panel.text_frame.paragraphs[1].runs[0]
        size = 30 if len(figure) < 8 else 24
        run.font.size, run.font.bold, run.font.color.rgb = Pt(size), True, _TEXT
    leaving = figures.segments("leaving")
    if leaving:
        data = CategoryChartData(number_format="0%")
        data.categories = [str(segment["rank"]) for segment in leaving]
        data.add_series(
            wording.text("Share of churn"),
            [segment["cumulative_share_of_churn"] for segment in leaving],
        )
        chart = _chart(
            slide,
            XL_CHART_TYPE.COLUMN_CLUSTERED,
            data,
            (0.5, 3.3, 12.2, 3.0),
            wording.text("Share of all churn in the first so many leaving segments"),
        )
        _colour(chart, [_LEFT])
    _texts(slide, [wording.text(findings.INTERVAL)], (0.6, 6.5, 12.1, 0.6), size=14, colour=_QUIET)
    overview = figures.overview
    exact = [
        f"{column} = {overview[column]}"
        for column in ("customers", "churned", "churn_rate", "churn_rate_low", "churn_rate_high")
    ]
    _notes(slide, wording, exact, "churn_overview, churn_cube, risk_segments")


def _findings(deck: Deck, figures: Figures, wording: Wording) -> None:
    said = list(findings.findings(figures, wording))
    slide = _bullets(deck, wording.text("Findings"), said)
    _notes(slide, wording, said, "churn_overview, risk_segments, churn_rates, stratified_effects")


def _rates(deck: Deck, figures: Figures, wording: Wording) -> None:
    slide = _slide(deck, wording.text("Who leaves?"))
    exact = []
    for place, attribute in enumerate(findings.strongest_attributes(figures)[:_MAX_RATES]):
        bands = figures.bands(attribute["attribute"])
        data = CategoryChartData(number_format="0%")
        # Charts of bars begin at the bottom.
        data.categories = [
            _category(_rate_label(attribute, band, wording)) for band in reversed(bands)
        ]
        data.add_series(
            wording.text("Churn rate"), [band["churn_rate"] for band in reversed(bands)]
        )
        box = (0.5 + place % 2 * 6.2, 1.25 + place // 2 * 3.05, 6.1, 3.05)
        chart = _chart(slide, XL_CHART_TYPE.BAR_CLUSTERED, data, box, wording.label(attribute))
        _colour(chart, [_LEFT])
        for number, band in enumerate(reversed(bands)):
            if band["band_order"] == 0:
                _grey(chart, number)
        exact += [
            f"{wording.label(attribute)}, {wording.band(attribute, band)}: "
            f"{band['churned']} / {band['customers']} = {wording.percent(band['churn_rate'], 2)} "
            f"({wording.interval(band['churn_rate_low'], band['churn_rate_high'])})"
            for band in bands
        ]
    _notes(slide, wording, exact, "churn_rates")


def _rate_label(attribute: Row, band: Row, wording: Wording) -> str:
    """The band's name, and its customers where they are too few for a bar to mean much."""
    name = wording.band(attribute, band)
    if band["customers"] >= _FEW:
        return name
    customers = wording.number(band["customers"])
    return wording.text("{band} (n = {customers})", band=name, customers=customers)


def _segments(deck: Deck, figures: Figures, wording: Wording) -> None:
    segments = figures.tables["risk_segments"]
    for start in range(0, len(segments), _MAX_ROWS):
        part = segments[start : start + _MAX_ROWS]
        slide = _slide(deck, wording.text("Segments: where customers leave, and where they stay"))
        _table(
            slide,
            [
                wording.text("Segment"),
                wording.text("Customers"),
                wording.text("Churn rate"),
                wording.text("95% interval"),
                wording.text("Testing half"),
                wording.text("Share of churn"),
                wording.text("Balance to lose"),
            ],
            [
                [
                    wording.own(one, "name"),
                    wording.number(one["customers"]),
                    wording.percent(one["churn_rate"]),
                    wording.interval(one["churn_rate_low"], one["churn_rate_high"]),
                    wording.percent(one["confirmation_churn_rate"]),
                    wording.percent(one["share_of_churn"]),
                    wording.amount(one["expected_lost_balance"]),
                ]
                for one in part
            ],
            (0.6, 1.4, 12.1, 0.4),
            [3.7, 1.1, 1.1, 2.3, 1.5, 1.2, 1.2],
        )
        _notes(slide, wording, [_exact(one) for one in part], "risk_segments")


def _each_segment(deck: Deck, figures: Figures, wording: Wording) -> None:
    for segment in figures.tables["risk_segments"]:
        slide = _slide(deck, wording.own(segment, "name"))
        _texts(slide, [wording.own(segment, "rule")], (0.6, 1.15, 12.1, 0.4), 14, colour=_QUIET)
        facts = findings.segment_facts(segment, wording)
        _table(slide, [], [list(fact) for fact in facts], (0.6, 1.7, 5.6, 0.3), [2.6, 3.0])
        data = CategoryChartData(number_format="0.0%")
        bars = [
            (wording.text("Search half"), segment["discovery_churn_rate"]),
            (wording.text("Testing half"), segment["confirmation_churn_rate"]),
            (wording.text("All customers"), figures.overview["churn_rate"]),
        ]
        data.categories = [name for name, _ in reversed(bars)]
        data.add_series(wording.text("Churn rate"), [rate for _, rate in reversed(bars)])
        chart = _chart(
            slide,
            XL_CHART_TYPE.BAR_CLUSTERED,
            data,
            (6.4, 1.6, 6.4, 2.5),
            wording.text("Churn rate"),
        )
        _colour(chart, [_LEFT if segment["direction"] == "leaving" else _STAYED])
        _grey(chart, 0)
        offers = figures.offers(segment["segment_id"])
        if offers:
            _table(
                slide,
                [wording.text("What to offer"), wording.text("Why")],
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
            _texts(slide, said, (0.6, 4.6, 12.1, 0.5), 16)
        further = [
            f"{wording.own(offer, 'action')}: {wording.own(offer, 'reason')}"
            for offer in offers[_MAX_OFFERS:]
        ]
        source = f"risk_segments, segment_recommendations: {segment['segment_id']}"
        _notes(slide, wording, [_exact(segment), segment["rule_sql"], *further], source)


def _hypotheses(deck: Deck, figures: Figures, wording: Wording) -> None:
    tests = figures.tables["hypothesis_tests"]
    if not tests:
        return
    slide = _slide(deck, wording.text("Which hypotheses hold?"))
    conclusions = [test["conclusion"] for test in tests]
    counts = [
        (wording.text(words), conclusions.count(key))
        for key, words in findings.CONCLUSIONS.items()
        if key in conclusions
    ]
    data = CategoryChartData(number_format="0")
    data.categories = [words for words, _ in counts]
    data.add_series(wording.text("Tests"), [number for _, number in counts])
    chart = _chart(
        slide,
        XL_CHART_TYPE.COLUMN_CLUSTERED,
        data,
        (0.5, 1.3, 5.6, 5.6),
        wording.text("Verdicts of all tests"),
    )
    _colour(chart, [_STAYED])
    # Of what was asked about churn rates first, as a board reads those.
    of_rates = [test for test in tests if test["method"] in ("two_proportion_z", "fisher_exact")]
    shown = of_rates or tests
    _table(
        slide,
        [wording.text("Question"), wording.text("Verdict"), wording.text("Figures")],
        _first(
            [
                [
                    wording.own(test, "question"),
                    findings.verdict_words(test, wording),
                    findings.answer(test, wording),
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
        f"{findings.verdict_words(test, wording)}: "
        f"{findings.answer(test, wording)}; p {wording.p_value(test['p_value_holm'])}"
        for test in tests
    ]
    _notes(slide, wording, said, "hypothesis_tests")


def _misleading(deck: Deck, figures: Figures, wording: Wording) -> None:
    effects = findings.misleading_effects(figures)
    if not effects:
        return
    slide = _slide(deck, wording.text("Where pooled figures mislead"))
    rows = [
        [
            f"{findings.attribute_label(figures, wording, effect['attribute'])}: "
            f"{findings.effect_band(figures, wording, effect)}",
            findings.attribute_label(figures, wording, effect["stratum_attribute"]),
            findings.misleading_words(effect, wording),
        ]
        for effect in effects
    ]
    titles = [wording.text("Effect"), wording.text("Within"), wording.text("What happens")]
    drawn = findings.reversals(figures)
    if drawn and figures.cube is not None:
        attribute, stratum = drawn[0].attribute, drawn[0].stratum
        cells = list(findings.rates_within(figures, figures.cube, drawn[0], wording))
        data = CategoryChartData(number_format="0%")
        strata = list(dict.fromkeys(cell.stratum for cell in cells))
        data.categories = [_category(name) for name in strata]
        for group in dict.fromkeys(cell.group for cell in cells):
            rates = {
                cell.stratum: cell.churned / cell.customers for cell in cells if cell.group == group
            }
            data.add_series(_category(group), [rates.get(name) for name in strata])
        chart = _chart(
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
        _colour(chart, [_LEFT, _STAYED])
        shown = _first(rows, 8, wording)
        _table(slide, titles, shown, (6.9, 1.4, 5.8, 0.4), [1.9, 1.3, 2.6], size=11)
    else:
        shown = _first(rows, _MAX_ROWS, wording)
        _table(slide, titles, shown, (0.6, 1.4, 12.1, 0.4), [4, 3, 5.1])
    exact = [
        f"{effect['attribute']} = {effect['band']} / {effect['stratum_attribute']}: "
        f"crude_odds_ratio = {effect['crude_odds_ratio']}, odds_ratio = {effect['odds_ratio']}"
        for effect in effects
    ]
    _notes(slide, wording, exact, "stratified_effects, churn_cube")


def _clusters(deck: Deck, figures: Figures, wording: Wording) -> None:
    slide = _slide(deck, wording.text("How do customers use the bank?"))
    clusters = figures.tables["clusters"]
    _table(
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
    _texts(slide, [wording.text(findings.CLUSTERS)], (0.6, 1.15, 12.1, 0.7), 14, colour=_QUIET)
    said = [
        f"{one['cluster_id']}: {one['churned']} / {one['customers']} = {one['churn_rate']}"
        for one in clusters
    ]
    _notes(slide, wording, said, "clusters, cluster_profiles, cluster_choice")


def _quality(deck: Deck, figures: Figures, wording: Wording) -> None:
    slide = _slide(deck, wording.text("What to know about the table"))
    rows = findings.quality_rows(figures)
    _table(
        slide,
        [
            wording.text("Weight"),
            wording.text("What was found"),
            wording.text("Rows"),
            wording.text("Share"),
        ],
        _first(
            [
                [
                    findings.severity_words(row, wording),
                    findings.check_words(row, figures, wording),
                    wording.number(row["rows_affected"]),
                    wording.percent(row["share"]),
                ]
                for row in rows
            ],
            _MAX_ROWS,
            wording,
        ),
        (0.6, 1.4, 12.1, 0.4),
        [1.8, 7.3, 1.5, 1.5],
    )
    said = [
        f"{row['check_name']} = {row['rows_affected']}. "
        + findings.check_words(row, figures, wording)
        for row in rows
    ]
    _notes(slide, wording, said, "data_quality")


def _methods(deck: Deck, figures: Figures, wording: Wording) -> None:
    said = [wording.text(message) for message in findings.METHOD_NOTES]
    slide = _bullets(deck, wording.text("Methods and caveats"), said)
    _notes(slide, wording, [], "publication")


def _first(rows: Sequence[list[str]], count: int, wording: Wording) -> list[list[str]]:
    """So many rows, the last of which says how many more there are."""
    if len(rows) <= count:
        return list(rows)
    more = wording.text("and {number} more, in the notes", number=len(rows) - count + 1)
    return [*rows[: count - 1], [more, *[""] * (len(rows[0]) - 1)]]


def _category(text: str) -> str:
    """A text for a chart's workbook, where it must become neither a formula nor a link."""
    text = _printable(text)
    begins = ("=", "+", "-", "@", "http:", "https:", "ftp:", "mailto:", "internal:", "external:")
    return f"'{text}" if text.lower().startswith(begins) else text


def _exact(segment: Row) -> str:
    columns = (
        "customers", "churned", "churn_rate", "churn_rate_low", "churn_rate_high",
        "discovery_customers", "discovery_churn_rate", "confirmation_customers",
        "confirmation_churn_rate", "confirmation_p_value_holm", "expected_churners",
        "balance_at_risk", "expected_lost_balance", "stability",
    )  # fmt: skip
    return f"{segment['segment_id']}: " + ", ".join(f"{key} = {segment[key]}" for key in columns)


def _slide(deck: Deck, title: str, size: int = 28, layout: int = _TITLE_ONLY) -> Slide:
    slide: Slide = deck.slides.add_slide(deck.slide_layouts[layout])
    shape = slide.shapes.title
    assert shape is not None
    shape.left, shape.top, shape.width, shape.height = (
        _MARGIN,
        Inches(0.3),
        Inches(12.1),
        Inches(0.9),
    )
    frame = shape.text_frame
    _fill(frame, [title], size if len(title) < 45 else size - 6, _TEXT)
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    frame.paragraphs[0].runs[0].font.bold = True
    return slide


def _bullets(deck: Deck, title: str, texts: Sequence[str]) -> Slide:
    slide = _slide(deck, title, layout=_TITLE_AND_CONTENT)
    body = slide.placeholders[1]
    body.left, body.top, body.width, body.height = _inches((0.6, 1.5, 12.1, 5.4))
    _fill(body.text_frame, texts, 20, _TEXT)
    for paragraph in body.text_frame.paragraphs:
        paragraph.space_after = Pt(8)
    return slide


def _texts(
    slide: Slide, texts: Sequence[str], box: Box, size: int, colour: RGBColor = _TEXT
) -> None:
    if not texts:
        return
    frame = slide.shapes.add_textbox(*_inches(box)).text_frame
    frame.word_wrap = True
    _fill(frame, texts, size, colour)


def _fill(frame: TextFrame, texts: Sequence[str], size: float, colour: RGBColor) -> None:
    """Write paragraphs; what a text contains is text."""
    for number, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = _printable(text)
        run.font.size, run.font.color.rgb = Pt(size), colour


def _table(
    slide: Slide,
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    box: Box,
    widths: Sequence[float],
    size: float = 12,
) -> None:
    """A table; without titles its first column is the heading of each row."""
    if not rows:
        return
    left, top, width, height = _inches(box)
    all_rows = [titles, *rows] if titles else list(rows)
    frame = slide.shapes.add_table(
        len(all_rows), len(all_rows[0]), left, top, width, Emu(height * len(all_rows))
    )
    _describe(frame, " · ".join(titles or (row[0] for row in rows)))
    table = frame.table
    table.first_row, table.first_col, table.horz_banding = bool(titles), not titles, bool(titles)
    for column, share in enumerate(widths):
        table.columns[column].width = Inches(share)
    for number, row in enumerate(all_rows):
        for column, text in enumerate(row):
            cell = table.cell(number, column)
            is_heading = (titles and number == 0) or (not titles and column == 0)
            cell.fill.solid()
            cell.fill.fore_color.rgb = _STAYED if is_heading else _PANEL
            colour = RGBColor(0xFF, 0xFF, 0xFF) if is_heading else _TEXT
            _fill(cell.text_frame, [text], size, colour)
            cell.margin_top = cell.margin_bottom = Inches(0.03)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE


def _chart(
    slide: Slide,
    kind: XL_CHART_TYPE,
    data: CategoryChartData,
    box: Box,
    title: str,
    labels: bool = True,
) -> Chart:
    frame = slide.shapes.add_chart(kind, *_inches(box), data)  # type: ignore[arg-type]
    chart: Chart = frame.chart  # type: ignore[attr-defined]
    _describe(frame, title)
    _headline(chart, title)
    chart.has_legend = False
    chart.font.size = Pt(11)
    chart.value_axis.minimum_scale = 0
    chart.value_axis.has_major_gridlines = not labels
    chart.value_axis.visible = not labels
    plot = chart.plots[0]
    if labels:
        plot.gap_width = 40
        plot.has_data_labels = True
        plot.data_labels.number_format = data.number_format
        plot.data_labels.number_format_is_linked = False
        plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
        plot.data_labels.font.size = Pt(11)
    else:
        chart.value_axis.tick_labels.number_format = data.number_format
        chart.value_axis.tick_labels.number_format_is_linked = False
    return chart


def _describe(frame: Any, text: str) -> None:
    """Say for screen readers what a chart or table shows."""
    frame._element.nvGraphicFramePr.cNvPr.set("descr", _printable(text))


def _headline(chart: Chart, title: str) -> None:
    chart.has_title = True
    _fill(chart.chart_title.text_frame, [title], 14, _TEXT)


def _colour(chart: Chart, colours: Sequence[RGBColor]) -> None:
    for series, colour in zip(chart.plots[0].series, colours, strict=False):
        if chart.chart_type == XL_CHART_TYPE.LINE_MARKERS:
            series.format.line.color.rgb = colour
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = colour
            series.smooth = False
        else:
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = colour


def _inches(box: Box) -> tuple[Length, Length, Length, Length]:
    left, top, width, height = box
    return Inches(left), Inches(top), Inches(width), Inches(height)


def _grey(chart: Chart, point: int) -> None:
    fill = chart.plots[0].series[0].points[point].format.fill
    fill.solid()
    fill.fore_color.rgb = _GREY


def _notes(slide: Slide, wording: Wording, exact: Iterable[str], source: str) -> None:
    """The exact figures, and the published tables that they come from."""
    came_from = wording.text("Source: {tables} in the published file.", tables=source)
    frame = slide.notes_slide.notes_text_frame
    assert frame is not None
    frame.text = _printable("\n".join([*exact, came_from]))


def _printable(text: str) -> str:
    """XML cannot hold control characters."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\u00a0\u202f")
