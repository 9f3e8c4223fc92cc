"""The command line: ``churn``.

Exit codes: 0 done; 1 the command could not do its work, and the message says why; 2 the command
was called wrongly.
"""

import atexit
import gc
import os
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from dotenv import load_dotenv

from python_steps import __version__
from python_steps.errors import ChurnError
from python_steps.languages import languages
from python_steps.progress import Step
from python_steps.settings import Settings


def program() -> None:
    """What ``churn`` runs: ``main``, in a process that is there for nothing else.

    dbt holds a million objects. Looking for cycles among them, and freeing them one by one at the
    end, would take an eighth of a small build.
    """
    gc.disable()
    code: Any = 0
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    # What others do at the end, such as giving semaphores back.
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="churn")
def main() -> None:
    """Who leaves the bank, which segments, why we believe it, and what to offer them."""


def _says_what_is_wrong(command: Callable[..., None]) -> Callable[..., None]:
    """A user's mistake ends in its message and exit code 1, without a traceback."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except ChurnError as error:
            click.secho("Error: ", fg="red", bold=True, err=True, nl=False)
            click.echo(str(error), err=True)
            sys.exit(1)

    return wrapped


@main.command()
@click.option(
    "--source",
    metavar="FILE",
    help="CSV or Parquet file, or a glob; or a table, as bank.duckdb::customers. [CHURN_SOURCE]",
)
@click.option("--published", metavar="FILE", help="DuckDB file to publish. [CHURN_PUBLISHED]")
@click.option("--warehouse", metavar="FILE", help="DuckDB file to work in. [CHURN_WAREHOUSE]")
@click.option(
    "--contents",
    type=click.Choice(["everything", "aggregates"]),
    help="What to publish; aggregates have no row about a single customer. [CHURN_CONTENTS]",
)
@click.option(
    "--minimum-cell",
    type=click.IntRange(min=0),
    help="Leave out rows that count fewer customers. [CHURN_MINIMUM_CELL, 10 with aggregates]",
)
@click.option("--encoding", metavar="NAME", help="Of a CSV, as windows-1251. [CHURN_ENCODING]")
@click.option("--mapping", metavar="FILE", help="What the table calls things. [CHURN_MAPPING]")
@click.option("--vars", "variables", metavar="YAML", help="dbt vars, such as '{alpha: 0.01}'.")
@click.option("--spark", metavar="FOLDER", help="Let Spark do what is heavy, there. [CHURN_SPARK]")
@click.option("--spark-master", metavar="URL", help="The cluster. [CHURN_SPARK_MASTER, local[*]]")
@_says_what_is_wrong
def build(
    source: str | None,
    published: str | None,
    warehouse: str | None,
    contents: str | None,
    minimum_cell: int | None,
    encoding: str | None,
    mapping: str | None,
    variables: str | None,
    spark: str | None,
    spark_master: str | None,
) -> None:
    """Turn a bank's customer table into the published DuckDB file.

    Without a source, the sample that the project ships is used.
    """
    from python_steps.build import build as run_build

    started = time.monotonic()
    if source == "":
        raise click.UsageError("--source names no file. Leave it out to build the sample.")
    settings = _settings(
        CHURN_SOURCE=source,
        CHURN_PUBLISHED=published,
        CHURN_WAREHOUSE=warehouse,
        CHURN_CONTENTS=contents,
        CHURN_MINIMUM_CELL=None if minimum_cell is None else str(minimum_cell),
        CHURN_ENCODING=encoding,
        CHURN_MAPPING=mapping,
        CHURN_SPARK=spark,
        CHURN_SPARK_MASTER=spark_master,
    )
    click.echo(f"Reading {settings.source or 'the sample that the project ships'}", err=True)
    if settings.spark is None:
        aside = run_build(settings, variables, _progress())
    else:
        from python_steps.spark import build_with_spark

        aside = build_with_spark(
            settings,
            variables,
            _progress(),
            lambda what: click.echo(f"\r\033[K{what}" if sys.stderr.isatty() else what, err=True),
        )
    click.echo("\r\033[K" if sys.stderr.isatty() else "", err=True, nl=False)
    for sentence in aside:
        click.echo(sentence)
    _summarise(settings, time.monotonic() - started)


@main.command()
@click.option("--source", metavar="FILE", help="As in churn build. [CHURN_SOURCE]")
@click.option("--encoding", metavar="NAME", help="Of a CSV, as windows-1251. [CHURN_ENCODING]")
@click.option("--mapping", metavar="FILE", help="What the table calls things. [CHURN_MAPPING]")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(source: str | None, encoding: str | None, mapping: str | None, as_json: bool) -> None:
    """Say what is wrong with a source, without building anything.

    Exit codes: 0 nothing, 1 it can be built without some rows or values, 2 it cannot be built.
    """
    from python_steps.check import check as run_check
    from python_steps.check import table

    try:
        settings = _settings(CHURN_SOURCE=source, CHURN_ENCODING=encoding, CHURN_MAPPING=mapping)
    except ChurnError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    checked = run_check(settings)
    click.echo(checked.as_json() if as_json else table(checked))
    sys.exit(checked.exit_code)


@main.command()
@click.option("--source", metavar="FILE", required=True, help="As in churn build.")
@click.option("--encoding", metavar="NAME", help="Of a CSV, as windows-1251. [CHURN_ENCODING]")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file to write.")
@_says_what_is_wrong
def mapping(source: str, encoding: str | None, out: Path | None) -> None:
    """Draft a mapping of a table, and say what is unsure of it."""
    from python_steps.draft import draft_mapping

    settings = _settings(CHURN_SOURCE=source, CHURN_ENCODING=encoding)
    draft = draft_mapping(settings.table, settings.encoding or "utf-8")
    text = draft.text(source)
    if out is None:
        click.echo(text, nl=False)
        return
    if out.exists():
        raise ChurnError(f"{out} exists. Name another file, or remove it.")
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ChurnError(f"{out} cannot be written: {error}") from error
    for one in draft.unsure:
        click.echo(f"Unsure: {one}")
    click.echo(f"Next: read {out}, then {_called()} check --source {source} --mapping {out}")


@main.command()
@click.option("--rows", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@_says_what_is_wrong
def sample(rows: int, seed: int, out: Path) -> None:
    """Write a made-up customer table, as CSV or Parquet by the suffix of --out."""
    from python_steps.sample import write_sample

    try:
        write_sample(rows, seed, out)
    except (ValueError, OSError) as error:
        raise ChurnError(f"{out} could not be written: {error}") from error
    click.echo(f"{out}: {rows:,} customers. Next: churn build --source {out}")


@main.command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default="churn.hyper",
    show_default=True,
)
@click.option("--published", metavar="FILE", help="The published file. [CHURN_PUBLISHED]")
@_says_what_is_wrong
def tableau(out: Path, published: str | None) -> None:
    """Write the published tables as a Hyper extract, and as CSV files beside it."""
    from python_steps.tableau import write_extract

    settings = _settings(CHURN_PUBLISHED=published)
    tables, folder = write_extract(settings.published, out.resolve())
    click.echo(f"{out}: {tables} tables, and as CSV files in {folder.name}")


@main.command()
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
@_says_what_is_wrong
def report(language: str, out: Path, published: str | None) -> None:
    """Write a dashboard (HTML) and a deck (PowerPoint) into the folder --out."""
    from python_steps.report.write import write_report

    started = time.monotonic()
    settings = _settings(CHURN_PUBLISHED=published)
    files = write_report(settings.published, language, out.resolve(), _say)
    for file in files:
        click.echo(f"{out / file.name}: {file.stat().st_size / 1e6:.1f} MB")
    click.echo(f"Made from {settings.published} in {time.monotonic() - started:.1f} s")


def _say(doing: str) -> None:
    click.echo(doing, err=True)


def _settings(**options: str | None) -> Settings:
    """Settings from options first, then the environment, then `.env`."""
    folder = Path.cwd()
    try:
        load_dotenv(folder / ".env")
    except UnicodeDecodeError as error:
        raise ChurnError(f"{folder / '.env'} is not UTF-8: {error}. Save it as UTF-8.") from error
    given = {key: value for key, value in options.items() if value}
    return Settings.of({**os.environ, **given}, folder)


def _progress() -> Callable[[Step], None]:
    """One line that says how far the build is; where nobody watches, a new one twice a minute."""
    watched = sys.stderr.isatty()
    said = time.monotonic()

    def show(step: Step) -> None:
        nonlocal said
        left = _about(step.seconds_left)
        line = f"{step.finished:>4} of {step.total}  {step.node[:50]}{left and f', {left} left'}"
        if watched:
            click.echo(f"\r\033[K{line}", err=True, nl=False)
        elif time.monotonic() - said > 30:
            said = time.monotonic()
            click.echo(line, err=True)

    return show


def _about(seconds: float | None) -> str:
    """An estimate as people say it; nothing where it is short or there is none."""
    if seconds is None or seconds < 10:
        return ""
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"


def _called() -> str:
    """How this program was called, as far as it can be called again."""
    program = os.path.relpath(sys.argv[0])
    return program if Path(program).name == "churn" else "churn"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _summarise(settings: Settings, seconds: float) -> None:
    from python_steps.publish import open_published

    with open_published(settings.published) as connection:

        def row(query: str) -> tuple[Any, ...]:
            return connection.execute(query).fetchone() or ()

        customers, churned, rate, low, high = row("from churn_overview")
        read, rejected = row("select rows_read, rows_rejected from publication")
        suppressed, minimum = row("select cells_suppressed, minimum_cell from publication")
        tests, differing = row(
            "select count(*), count(*) filter (where conclusion like '%difference' "
            "and conclusion <> 'no_difference') from hypothesis_tests"
        )
        segments, confirmed = row(
            "select count(*), count(*) filter (where is_confirmed) from risk_segments"
        )
        sharpest = row(
            "select name, customers, churn_rate, share_of_churn from risk_segments "
            "where is_confirmed and direction = 'leaving' order by churn_rate desc, rank limit 1"
        )
    click.echo(
        f"{_count(read, 'row')} read, {_count(customers, 'customer')}, {rejected:,} rejected\n"
        f"{churned:,} churned: {rate:.1%}, 95% interval {low:.1%} to {high:.1%}\n"
        f"{differing} of {tests} tests find a difference, {confirmed} of {segments} segments "
        "are confirmed"
    )
    if sharpest:
        name, size, segment_rate, share = sharpest
        click.echo(
            f"Sharpest: {name}: {size:,} customers, {segment_rate:.1%} churned, "
            f"{share:.1%} of all churn"
        )
    click.echo(f"Published {settings.published} in {seconds:.1f} s")
    if suppressed:
        click.echo(
            f"Left out: {_count(suppressed, 'row')} that count fewer than {minimum} customers"
        )
    click.echo(f"Next: {_called()} report")
