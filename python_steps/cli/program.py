"""The command line: ``churn``.

Exit codes: 0 done; 1 the command could not do its work, and the message says why; 2 the command
was called wrongly; 128 and the signal's number where one ended it, as 130 for Ctrl-C.
"""

import atexit
import gc
import os
import sys
from typing import Any

import click

from python_steps import __version__
from python_steps.cli import building, reports, signals, tables


def program() -> None:
    """What ``churn`` runs: ``main``, in a process that is there for nothing else.

    dbt holds a million objects. Looking for cycles among them, and freeing them one by one at the
    end, would take an eighth of a small build.
    """
    gc.disable()
    code: Any = 0
    signals.listen()
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    except (RuntimeError, KeyboardInterrupt):
        # DuckDB's word for a statement that a signal cut short, or a second signal.
        if not signals.come:
            raise
        click.echo("Aborted!", err=True)
    if signals.come:
        code = 128 + signals.come[0]
    # What others do at the end, such as giving semaphores back.
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="churn")
def main() -> None:
    """Who leaves the bank, which segments, why we believe it, and what to offer."""


for _command in (
    building.build,
    building.publish,
    building.variables,
    tables.check,
    tables.mapping,
    tables.sample,
    reports.report,
    reports.tableau,
):
    main.add_command(_command)
