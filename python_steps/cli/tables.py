"""Commands that look at a bank's table, or make one."""

import sys
from pathlib import Path

import click

from python_steps.cli.common import explains_mistakes, next_command, settings_from, show
from python_steps.common.errors import ChurnError


@click.command()
@click.option("--source", metavar="FILE", help="As in churn build. [CHURN_SOURCE]")
@click.option("--encoding", metavar="NAME", help="Of a CSV, as windows-1251. [CHURN_ENCODING]")
@click.option("--mapping", metavar="FILE", help="What the table calls things. [CHURN_MAPPING]")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(source: str | None, encoding: str | None, mapping: str | None, as_json: bool) -> None:
    """Say what is wrong with a table, without building it.

    Exit codes: 0 nothing, 1 it can be built without some rows or values, 2 it cannot be built.
    """
    from python_steps.intake.check import check as run_check
    from python_steps.intake.check import table

    try:
        settings = settings_from(
            CHURN_SOURCE=source, CHURN_ENCODING=encoding, CHURN_MAPPING=mapping
        )
        checked = run_check(settings)
    except ChurnError as error:
        show(error, err=True)
        sys.exit(2)
    show(checked.as_json() if as_json else table(checked))
    sys.exit(checked.exit_code)


@click.command()
@click.option("--source", metavar="FILE", required=True, help="As in churn build.")
@click.option("--encoding", metavar="NAME", help="Of a CSV, as windows-1251. [CHURN_ENCODING]")
@click.option("--outcome", metavar="COLUMN", default="", help="The column that says who left.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file to write.")
@explains_mistakes
def mapping(source: str, encoding: str | None, outcome: str, out: Path | None) -> None:
    """Draft a mapping of a table, and say what is unsure of it."""
    from python_steps.intake.drafts.make import draft_mapping

    settings = settings_from(CHURN_SOURCE=source, CHURN_ENCODING=encoding)
    draft = draft_mapping(settings.table, settings.encoding, outcome)
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
    for line in draft.summary():
        show(line)
    for one in draft.unsure:
        show(f"Unsure: {one}")
    words = ["check", "--source", source, "--mapping", str(out)]
    if encoding:
        words += ["--encoding", encoding]
    show(f"Next: read {out}, then {next_command(*words)}")


@click.command()
@click.option("--rows", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@explains_mistakes
def sample(rows: int, seed: int, out: Path) -> None:
    """Write a made-up table of customers.

    It is CSV or Parquet by the suffix of --out.
    """
    from python_steps.intake.sample import write_sample

    try:
        write_sample(rows, seed, out)
    except (ValueError, OSError) as error:
        raise ChurnError(f"{out} could not be written: {error}") from error
    click.echo(f"{out}: {rows:,} customers")
    click.echo(f"Next: {next_command('build', '--source', str(out))}")
