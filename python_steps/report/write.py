"""Writes the report: ``dashboard.html`` and ``deck.pptx``."""

from collections.abc import Callable
from pathlib import Path

from python_steps.common.errors import ChurnError
from python_steps.report.deck.presentation import render_deck
from python_steps.report.figures import read_figures
from python_steps.report.page.dashboard import render_dashboard
from python_steps.report.wording import Wording


def write_report(
    published: Path, language: str, out: Path, progress: Callable[[str], None]
) -> list[Path]:
    """Write the dashboard and the deck into a folder; existing ones are replaced.

    Args:
        published: the published DuckDB file.
        language: one of ``python_steps.common.languages.languages()``.
        out: the folder; made where it does not exist.
        progress: told what is being done.

    Returns:
        The files.

    Raises:
        ChurnError: the published file cannot be read or the folder cannot be written.
    """
    progress("Reading figures")
    figures = read_figures(published)
    wording = Wording(language, figures.publication["minimum_cell"] > 1)
    progress("Drawing the dashboard")
    contents = {"dashboard.html": render_dashboard(figures, wording).encode()}
    progress("Making the deck")
    contents["deck.pptx"] = render_deck(figures, wording)
    new = {out / f".{name}.new": out / name for name in contents}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for (file, target), content in zip(new.items(), contents.values(), strict=True):
            if target.is_dir():
                raise ChurnError(f"{target} is a folder. Remove it, or choose another --out.")
            file.write_bytes(content)
        for file, target in new.items():
            file.replace(target)
    except OSError as error:
        raise ChurnError(f"{out} cannot be written: {error}") from error
    finally:
        for file in new:
            file.unlink(missing_ok=True)
    return [out / name for name in contents]
