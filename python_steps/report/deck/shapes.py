"""Slides and what stands on them: the part of the deck that knows PowerPoint."""

from collections.abc import Iterable, Sequence
from typing import Any

from pptx.chart.chart import Chart
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.text.text import TextFrame
from pptx.util import Emu, Inches, Length, Pt

from python_steps.report import charts
from python_steps.report.wording import Wording, filled_columns

WIDTH, HEIGHT, MARGIN = Inches(13.333), Inches(7.5), Inches(0.6)
TEXT, QUIET, PANEL = (
    RGBColor(0x1B, 0x1F, 0x24),
    RGBColor(0x54, 0x5B, 0x64),
    RGBColor(0xF5, 0xF6, 0xF8),
)
LEFT, STAYED, GREY = (
    RGBColor.from_string(colour.lstrip("#").upper())
    for colour in (charts.LEFT, charts.STAYED, charts.MISSING)
)
_TITLE_AND_CONTENT, _TITLE_ONLY = 1, 5
# Rows of a table that a slide can hold.
MAX_ROWS = 11
_FEW_BULLETS = 6

Box = tuple[float, float, float, float]


def category(text: str) -> str:
    """A text for a chart's workbook, where it must become neither a formula nor a link."""
    text = _printable(text)
    begins = ("=", "+", "-", "@", "http:", "https:", "ftp:", "mailto:", "internal:", "external:")
    return f"'{text}" if text.lower().startswith(begins) else text


def add_slide(deck: Deck, title: str, size: int = 28, layout: int = _TITLE_ONLY) -> Slide:
    """Add a slide with a title."""
    slide: Slide = deck.slides.add_slide(deck.slide_layouts[layout])
    shape = slide.shapes.title
    assert shape is not None
    shape.left, shape.top, shape.width, shape.height = (
        MARGIN,
        Inches(0.3),
        Inches(12.1),
        Inches(0.9),
    )
    frame = shape.text_frame
    fill_text(frame, [title], size if len(title) < 45 else size - 6, TEXT)
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    frame.paragraphs[0].runs[0].font.bold = True
    return slide


def add_bullets(deck: Deck, title: str, texts: Sequence[str]) -> Slide:
    """Add a slide with a list."""
    slide = add_slide(deck, title, layout=_TITLE_AND_CONTENT)
    body = slide.placeholders[1]
    body.left, body.top, body.width, body.height = inches((0.6, 1.5, 12.1, 5.4))
    # More lines need smaller letters.
    fill_text(body.text_frame, texts, 20 if len(texts) <= _FEW_BULLETS else 17, TEXT)
    for paragraph in body.text_frame.paragraphs:
        paragraph.space_after = Pt(8)
    return slide


def add_texts(
    slide: Slide, texts: Sequence[str], box: Box, size: int, colour: RGBColor = TEXT
) -> None:
    """Add texts to a slide."""
    if not texts:
        return
    frame = slide.shapes.add_textbox(*inches(box)).text_frame
    frame.word_wrap = True
    fill_text(frame, texts, size, colour)


def fill_text(frame: TextFrame, texts: Sequence[str], size: float, colour: RGBColor) -> None:
    """Write paragraphs; what a text contains is text."""
    for number, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = _printable(text)
        run.font.size, run.font.color.rgb = Pt(size), colour


def add_table(
    slide: Slide,
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    box: Box,
    widths: Sequence[float],
    size: float = 12,
) -> None:
    """A table; without titles its first column is the heading of each row.

    A column in which no row says anything is left out, and its room is the first one's.
    """
    if not rows:
        return
    places = filled_columns(rows)
    titles = [titles[place] for place in places] if titles else []
    rows = [[row[place] for place in places] for row in rows]
    spare = sum(share for place, share in enumerate(widths) if place not in places)
    widths = [widths[place] for place in places]
    widths[0] += spare
    left, top, width, height = inches(box)
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
            cell.fill.fore_color.rgb = STAYED if is_heading else PANEL
            colour = RGBColor(0xFF, 0xFF, 0xFF) if is_heading else TEXT
            fill_text(cell.text_frame, [text], size, colour)
            cell.margin_top = cell.margin_bottom = Inches(0.03)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE


def add_chart(
    slide: Slide,
    kind: XL_CHART_TYPE,
    data: CategoryChartData,
    box: Box,
    title: str,
    labels: bool = True,
) -> Chart:
    """Add a chart to a slide."""
    frame = slide.shapes.add_chart(kind, *inches(box), data)  # type: ignore[arg-type]
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
    fill_text(chart.chart_title.text_frame, [title], 14, TEXT)


def colour_bars(chart: Chart, colours: Sequence[RGBColor]) -> None:
    """Give the series of a chart their colours."""
    for series, colour in zip(chart.plots[0].series, colours, strict=False):
        if chart.chart_type == XL_CHART_TYPE.LINE_MARKERS:
            series.format.line.color.rgb = colour
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = colour
            series.smooth = False
        else:
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = colour


def inches(box: Box) -> tuple[Length, Length, Length, Length]:
    """A box in inches as lengths."""
    left, top, width, height = box
    return Inches(left), Inches(top), Inches(width), Inches(height)


def grey_out(chart: Chart, point: int) -> None:
    """Draw one bar of a chart in grey."""
    fill = chart.plots[0].series[0].points[point].format.fill
    fill.solid()
    fill.fore_color.rgb = GREY


def add_notes(slide: Slide, wording: Wording, exact: Iterable[str], source: str) -> None:
    """The exact figures, and the published tables that they come from."""
    came_from = wording.text("Source: {tables} in the published file.", tables=source)
    frame = slide.notes_slide.notes_text_frame
    assert frame is not None
    frame.text = _printable("\n".join([*exact, came_from]))


def _printable(text: str) -> str:
    """XML cannot hold control characters."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\u00a0\u202f")
