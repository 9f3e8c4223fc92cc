"""The dashboard: one HTML page that needs no server and no network."""

from pathlib import Path

import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from python_steps.report import findings
from python_steps.report.figures import Figures
from python_steps.report.page.clusters import clusters_chart, clusters_table
from python_steps.report.page.customers import (
    associations_chart,
    distribution_charts,
    intervals_table,
    portrait_table,
    profiles_table,
    rate_charts,
    shown_note,
)
from python_steps.report.page.data import quality_table, slicer_data
from python_steps.report.page.evidence import (
    hypotheses_table,
    misleading_table,
    reversal_charts,
    tests_note,
)
from python_steps.report.page.segments import (
    frontier_chart,
    segment_cards,
    segments_chart,
    segments_table,
)
from python_steps.report.wording import Wording

TEMPLATES = Path(__file__).with_name("templates")


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
        about=findings.about(figures, wording),
        shown_note=shown_note(figures, wording),
        tiles=findings.key_figures(figures, wording),
        findings=list(findings.findings(figures, wording)),
        rates=list(rate_charts(figures, wording)),
        intervals=intervals_table(figures, wording),
        portraits=portrait_table(figures, wording),
        portrait_words=findings.portrait_words(figures, wording),
        distributions=list(distribution_charts(figures, wording)),
        profiles=profiles_table(figures, wording),
        associations=associations_chart(figures, wording),
        tests_note=tests_note(figures, wording),
        searches_a_part=findings.searches_a_part(figures),
        hypotheses=hypotheses_table(figures, wording),
        reversals=list(reversal_charts(figures, wording)),
        misleading=misleading_table(figures, wording),
        segments_chart=segments_chart(figures, wording),
        segments=segments_table(figures, wording),
        cards=segment_cards(figures, wording),
        frontier=frontier_chart(figures, wording),
        clusters=clusters_table(figures, wording),
        clusters_chart=clusters_chart(figures, wording),
        slicer=slicer_data(figures, wording),
        interval_note=wording.text(findings.INTERVAL),
        clusters_note=findings.clusters_note(figures, wording),
        notes=list(findings.method_notes(figures, wording)),
        quality=quality_table(figures, wording),
        style=Markup((TEMPLATES / "dashboard.css").read_text(encoding="utf-8")),
        script=Markup((TEMPLATES / "dashboard.js").read_text(encoding="utf-8")),
        vega=Markup(script.replace("</script", "<\\/script")),
        settings={
            "numbers": wording.number_format(),
            "language": wording.language,
            "noRows": wording.text("No row matches."),
        },
    )
