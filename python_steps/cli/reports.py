"""Commands that make something of the published file."""

import time
from pathlib import Path

import click

from python_steps.cli.common import explains_mistakes, say, settings_from
from python_steps.common.languages import languages


@click.command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default="churn.hyper",
    show_default=True,
)
@click.option("--published", metavar="FILE", help="The published file. [CHURN_PUBLISHED]")
@explains_mistakes
def tableau(out: Path, published: str | None) -> None:
    """Write the published tables for Tableau, and as CSV."""
    from python_steps.tableau.extract import write_extract

    settings = settings_from(CHURN_PUBLISHED=published)
    tables, folder = write_extract(settings.published, out.resolve())
    click.echo(f"{out}: {tables} tables, and as CSV files in {folder.name}")


@click.command()
@click.option(
    "--lang",
    "language",
    type=click.Choice(languages()),
    default="en",
    show_default=True,
    help="The language of the report.",
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default="report", show_default=True
)
@click.option("--published", metavar="FILE", help="The published file. [CHURN_PUBLISHED]")
@explains_mistakes
def report(language: str, out: Path, published: str | None) -> None:
    """Write a dashboard and a deck into a folder."""
    from python_steps.report.write import write_report

    started = time.monotonic()
    settings = settings_from(CHURN_PUBLISHED=published)
    files = write_report(settings.published, language, out.resolve(), say)
    for file in files:
        click.echo(f"{out / file.name}: {file.stat().st_size / 1e6:.1f} MB")
    click.echo(f"Made from {settings.published} in {time.monotonic() - started:.1f} s")
