"""dbt, run in this process, and what it says of failures."""

import contextlib
import json
import os
import re
from collections.abc import Generator, Mapping, Sequence
from hashlib import md5
from pathlib import Path
from typing import Any

from python_steps.common.errors import ChurnError
from python_steps.common.progress import Clock
from python_steps.common.settings import CARRIED

_FAILED = ("error", "fail", "runtime error")
# What a macro that names a user's mistake leaves in dbt's message.
_REFUSED = "in macro refuse ("


class BuildFailedError(ChurnError):
    """dbt ran, and something in it failed; nothing was published."""


def run_dbt(
    project: Path,
    warehouse: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    variables: Mapping[str, Any],
    clock: Clock | None = None,
) -> None:
    """Run dbt in this process.

    dbt parses the project anew where the connection is another one. It is therefore run in the
    warehouse's folder, whose name is no part of the connection then: a check and all builds share
    what was parsed.

    Args:
        project: the folder of ``dbt_project.yml``.
        warehouse: the DuckDB file to work in; its folder exists.
        arguments: the command and its options.
        environment: variables that the macros read.
        variables: dbt's vars.
        clock: told of nodes that begin and finish.

    Raises:
        ChurnError: dbt could not start, as with a mistake in the project or its vars.
        BuildFailedError: a node failed.
    """

    def on_event(event: Any) -> None:
        if clock is None:
            return
        # dbt takes what goes wrong here for a failure of the node.
        with contextlib.suppress(Exception):
            if event.info.name == "LogStartLine":
                clock.begun(event.data.node_info.node_name, event.data.total)
            elif event.info.name in ("LogModelResult", "LogTestResult", "LogSeedResult"):
                clock.finished(event.data.node_info.node_name, event.data.execution_time)

    given = ["--vars", as_yaml(variables)] if variables else []
    with contextlib.chdir(warehouse.parent), _variables(project, warehouse, environment):
        # The import takes seconds, so commands that do not need it should not pay for it; and it
        # reads a `.env`.
        from dbt.cli.main import dbtRunner

        result = dbtRunner(callbacks=[on_event]).invoke(
            [
                # Nobody reads a log or the manifest of this run, and writing them takes time.
                *("--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json"),
                *arguments,
                *given,
                *("--project-dir", str(project), "--profiles-dir", str(project)),
            ]
        )
        _release_connection()
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    if result.exception is not None:
        raise ChurnError(_tidy("", _explained(result.exception)))
    failures = [
        _tidy(f"{one.node.name}: ", one.message or "failed")
        for one in getattr(result.result, "results", [])
        if one.status in _FAILED
    ]
    if failures:
        raise BuildFailedError("\n".join(failures))


def as_yaml(variables: Mapping[str, Any]) -> str:
    """Vars for the command line of dbt, as JSON that YAML reads.

    YAML does not take two escapes for one letter, as emoji have, and takes some letters for line
    ends.

    Args:
        variables: by name.
    """
    text = json.dumps(variables, ensure_ascii=False)
    return re.sub(
        "[^\x00-\x7f]",
        lambda found: found[0] if ord(found[0]) > 0xFFFF else f"\\u{ord(found[0]):04x}",
        text,
    )


@contextlib.contextmanager
def _variables(
    project: Path, warehouse: Path, environment: Mapping[str, str]
) -> Generator[None, None, None]:
    """The variables of this process while dbt runs; they are as before when it has ended."""
    before = dict(os.environ)
    os.environ.update(environment)
    os.environ["CHURN_WAREHOUSE"] = warehouse.name
    # Settings are read already; dbt would take any variable from a `.env`.
    os.environ["PYTHON_DOTENV_DISABLED"] = "1"
    target = target_folder(project)
    os.environ.setdefault("DBT_TARGET_PATH", str(target))
    if target.parent != project:
        os.environ.setdefault("DBT_LOG_PATH", str(target / "logs"))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def target_folder(project: Path) -> Path:
    """Where dbt keeps what it parsed: in the project, or in the user's cache.

    The cache is for who may not write there, and for a project that an installed package carries.

    Args:
        project: the folder of ``dbt_project.yml``.
    """
    target = project / "target"
    if project != CARRIED and os.access(target if target.exists() else project, os.W_OK):
        return target
    cache = Path(os.environ.get("XDG_CACHE_HOME", "") or Path.home() / ".cache")
    # What one project parsed is of no use to another.
    return cache / "bank_churn" / md5(str(project).encode(), usedforsecurity=False).hexdigest()


def _explained(exception: BaseException) -> str:
    """What went wrong with dbt itself; it says little where the machine gave it no threads."""
    said = str(exception) or type(exception).__name__
    if "start new thread" in said or "DummyProcess" in said or isinstance(exception, MemoryError):
        return f"{said}. The process got too little memory or too few threads; see ulimit -a."
    return said


def _release_connection() -> None:
    """dbt-duckdb keeps the file open as long as the process lives; publishing reads it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _tidy(node: str, message: str) -> str:
    """What dbt says, without blank lines, macro stacks and Python tracebacks.

    A user's mistake is said as our own code words it, without the node that met it.
    """
    _, is_ours, ours = message.rpartition(f"{ChurnError.__module__}.{ChurnError.__name__}: ")
    if is_ours:
        return "\n".join(line.strip() for line in ours.splitlines() if line.strip())
    is_refused = _REFUSED in message
    lines = [line.rstrip() for line in message.strip().splitlines() if line.strip()]
    lines = [line for line in lines if not line.lstrip().startswith(("> in macro", "> called by"))]
    if is_refused:
        # The first line is dbt's heading.
        return "\n".join(line.strip() for line in lines[1:])
    for start, line in enumerate(lines):
        if line.strip().startswith("Traceback"):
            # The exception follows the frames, which are indented deeper.
            indent = len(line) - len(line.lstrip())
            said = [
                place
                for place in range(start + 1, len(lines))
                if len(lines[place]) - len(lines[place].lstrip()) == indent
            ]
            lines = lines[:start] + lines[said[0] if said else start :]
            break
    return node + "\n".join(lines)
