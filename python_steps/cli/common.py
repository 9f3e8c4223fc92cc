"""What commands share."""

import os
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from dotenv import load_dotenv

from python_steps.common.errors import ChurnError
from python_steps.common.progress import Step
from python_steps.common.settings import Settings


def explains_mistakes(command: Callable[..., None]) -> Callable[..., None]:
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


def say(doing: str) -> None:
    """Tell whoever watches what is being done."""
    click.echo(doing, err=True)


def settings_from(**options: str | None) -> Settings:
    """Settings from options first, then the environment, then `.env`."""
    folder = Path.cwd()
    try:
        load_dotenv(folder / ".env")
    except UnicodeDecodeError as error:
        raise ChurnError(f"{folder / '.env'} is not UTF-8: {error}. Save it as UTF-8.") from error
    given = {key: value for key, value in options.items() if value}
    return Settings.of({**os.environ, **given}, folder)


def show_progress() -> Callable[[Step], None]:
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


def program_name() -> str:
    """How this program was called, as far as it can be called again."""
    program = os.path.relpath(sys.argv[0])
    return program if Path(program).name == "churn" else "churn"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def summarise(settings: Settings, seconds: float) -> None:
    """Say what a build found, and which command continues it."""
    from python_steps.common.databases import open_published

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
    click.echo(f"Next: {program_name()} report")
