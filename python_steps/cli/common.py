"""What commands share."""

import os
import shlex
import shutil
import sys
import time
import unicodedata
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from dotenv import dotenv_values

from python_steps.cli import signals
from python_steps.common.errors import ChurnError
from python_steps.common.languages import languages
from python_steps.common.progress import Step
from python_steps.common.settings import Settings, find_environment_file

# They write what follows them from the other side.
_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def show(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print a text that may have the bank's values in it, without letting them steer a terminal.

    Control characters, and those that turn the direction of writing, are shown as their codes.
    """

    def shown(letter: str) -> str:
        steers = unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t"
        if steers or letter in _TURNS:
            return letter.encode("unicode_escape").decode()
        return letter

    click.echo("".join(map(shown, str(text))), err=err, nl=nl)


def explains_mistakes(command: Callable[..., None]) -> Callable[..., None]:
    """A user's mistake ends in its message and exit code 1, without a traceback."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (ChurnError, OSError) as error:
            if signals.come:
                # What a part of the work says of being cut short.
                raise click.Abort from error
            # The system's own refusals, as of a name that is too long, name the file themselves.
            click.secho("Error: ", fg="red", bold=True, err=True, nl=False)
            show(error, err=True)
            sys.exit(1)

    return wrapped


def say(doing: str) -> None:
    """Tell whoever watches what is being done."""
    click.echo(doing, err=True)


def settings_from(**options: str | None) -> Settings:
    """Settings from options first, then the environment, then the nearest `.env`."""
    given = {key: value for key, value in options.items() if value}
    return Settings.of({**_environment_file(), **os.environ, **given}, Path.cwd())


def _environment_file() -> dict[str, str]:
    """The settings in the nearest `.env`, which dbt reads too.

    A file in some folder is not to set any variable of this process, as ``PYTHONPATH``.
    """
    file = find_environment_file(Path.cwd())
    if file is None:
        return {}
    try:
        found = dotenv_values(file, interpolate=False).items()
        return {key: value for key, value in found if value and key.startswith("CHURN_")}
    except (OSError, UnicodeDecodeError) as error:
        raise ChurnError(f"{file} cannot be read: {error}. Save it as UTF-8.") from error


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


def next_command(*words: str) -> str:
    """A command of this program that can be typed where the user stands."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        program = [os.path.relpath(sys.executable), "-m", "python_steps"]
    elif (found := shutil.which(called.name)) and Path(found).samefile(called):
        program = [called.name]
    else:
        program = [os.path.relpath(called)]
    return shlex.join([*program, *words])


def published_option(settings: Settings, typed: str | None) -> list[str]:
    """The option that names a published file to the next command, where it would take another.

    Args:
        settings: of this command.
        typed: the option as it was typed, if it was.
    """
    if Settings.of(_environment_file(), settings.folder).published == settings.published:
        return []
    return ["--published", typed or os.path.relpath(settings.published)]


def language_option() -> list[str]:
    """The option that asks for the user's language, where there is a report in it."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if wanted := os.environ.get(variable, ""):
            language = wanted.split("_")[0].lower()
            return ["--lang", language] if language in languages()[1:] else []
    return []


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def summarise(settings: Settings, published: str | None, seconds: float) -> None:
    """Say what a build found, and which command continues it.

    Args:
        settings: of the build.
        published: the published file as it was typed, if it was.
        seconds: how long it took.
    """
    from python_steps.common.databases import open_published
    from python_steps.statistics.conclusions import CONCLUSIONS

    with open_published(settings.published) as connection:

        def row(query: str) -> tuple[Any, ...]:
            return connection.execute(query).fetchone() or ()

        customers, churned, rate, low, high = row("from churn_overview")
        read, rejected, others = row(
            "select rows_read, rows_rejected, rows_set_aside from publication"
        )
        minimum, lists, others_lists, as_of = row(
            "select minimum_cell, lists_tested, lists_tested_on_other_halves, as_of "
            "from publication"
        )
        concluded = dict(
            connection.execute(
                "select conclusion, count(*) from hypothesis_tests group by conclusion"
            ).fetchall()
        )
        segments, confirmed = row(
            "select count(*), count(*) filter (where is_confirmed) from risk_segments"
        )
        sharpest = row(
            "select name, customers, churn_rate, share_of_churn from risk_segments "
            "where is_confirmed and direction = 'leaving' "
            "order by churn_rate_low desc, rank limit 1"
        )
        first = row(
            "select name, still_here, impact_low, impact_high from risk_segments "
            "where priority = 1 and priority_note = '' and impact_low is not null"
        )
    show(
        f"{_count(read, 'row')} read, {_count(customers, 'customer')}, {rejected:,} rejected"
        + (f", {others:,} of other dates left out" if others else "")
        + (f", as of {as_of}" if as_of else "")
        + "\n"
        f"{churned:,} churned: {rate:.1%}, 95% interval {low:.1%} to {high:.1%}\n"
        f"Of {_count(sum(concluded.values()), 'test')}: "
        + ", ".join(
            f"{said.lower()} {concluded[name]}"
            for name, said in CONCLUSIONS.items()
            if name in concluded
        )
        + f"\n{confirmed} of {_count(segments, 'segment')} confirmed"
    )
    if customers and churned in (0, customers):
        who = "Nobody" if churned == 0 else "Everybody"
        show(
            f"{who} left, as far as the table says: nothing can be compared. Is has_churned the "
            "right column, and do values in the mapping say which word is which?"
        )
    if sharpest:
        name, size, segment_rate, share = sharpest
        show(
            f"Sharpest: {name}: {size:,} customers, {segment_rate:.1%} churned, "
            f"{share:.1%} of all churn"
        )
    if first:
        name, here, least, most = first
        show(
            f"First to approach: {name}: {here:,} customers still here, of whom {least:,.0f} to "
            f"{most:,.0f} would leave at this segment's rate"
        )
    if lists > 1:
        show(
            f"{lists} different lists of segments have been tested on this half of the customers; "
            "the p-values count them all. --new-halves SEED draws other halves"
        )
    if others_lists:
        show(
            f"{_count(others_lists, 'list')} had been tested on other halves of this table: who "
            "chooses by them has seen customers of this one"
        )
    show(f"Published {settings.published} in {seconds:.1f} s")
    if minimum > 1:
        show(
            f"Counts are multiples of {minimum}, and other figures as coarse: "
            f"no group of fewer than {minimum} customers can be told from the file"
        )
    words = ["report", *language_option(), *published_option(settings, published)]
    show(f"Next: {next_command(*words)}")
