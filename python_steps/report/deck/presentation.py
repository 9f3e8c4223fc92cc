"""The deck: native charts and tables to edit, exact figures and sources in the notes."""

from collections.abc import Callable
from io import BytesIO

from pptx import Presentation
from pptx.presentation import Presentation as Deck

from python_steps.report.deck.evidence import add_hypotheses, add_misleading
from python_steps.report.deck.overview import (
    add_findings,
    add_intervals,
    add_key_figures,
    add_methods,
    add_portraits,
    add_quality,
    add_rates,
    add_title,
)
from python_steps.report.deck.segments import add_clusters, add_each_segment, add_segments
from python_steps.report.deck.shapes import HEIGHT, WIDTH
from python_steps.report.figures import Figures
from python_steps.report.wording import Wording


def render_deck(figures: Figures, wording: Wording) -> bytes:
    """The presentation.

    Args:
        figures: what the published file holds.
        wording: the language.

    Returns:
        A .pptx file.
    """
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    deck.core_properties.title = wording.text("Who leaves the bank")
    deck.core_properties.author = "bank_churn"
    deck.core_properties.language = wording.language
    # The same figures make the same file.
    moment = figures.publication["built_at"]
    deck.core_properties.created = deck.core_properties.modified = moment
    slides: list[Callable[[Deck, Figures, Wording], None]] = [
        add_title, add_key_figures, add_findings, add_rates, add_intervals,
        add_portraits, add_segments, add_each_segment,
        add_hypotheses, add_misleading, add_clusters, add_quality, add_methods,
    ]  # fmt: skip
    for add in slides:
        add(deck, figures, wording)
    written = BytesIO()
    deck.save(written)
    return written.getvalue()
