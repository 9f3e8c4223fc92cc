"""The main job: dbt build, then publishing."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from python_steps.common.databases import refuse_foreign, refuse_other_files
from python_steps.common.errors import ChurnError, nearest
from python_steps.common.progress import Clock, Step, read_times, write_times
from python_steps.common.settings import SAMPLE, Settings
from python_steps.intake.mapping import read_mapping
from python_steps.intake.source import check_source, pattern, readable
from python_steps.job.locks import alone
from python_steps.job.marts import Mart
from python_steps.job.publish import check_target, publish
from python_steps.job.workers import workers
from python_steps.segments.recommendations import check_form

# What a build makes first: a killed one may have left nothing else.
FIRST_TABLES = ("raw_customers", "raw_malformed_lines", "recommendation_catalogue")


@dataclass(frozen=True)
class Failure:
    """A dbt node that failed: its name, and what dbt says of it."""

    node: str
    message: str


class BuildFailedError(ChurnError):
    """dbt ran, and something in it failed; nothing was published."""

    def __init__(self, failures: list[Failure]) -> None:
        self.failures = failures
        super().__init__("\n".join(f"{failure.node}: {failure.message}" for failure in failures))


def build(settings: Settings, variables: str | None, progress: Callable[[Step], None]) -> list[str]:
    """Build the warehouse from the source and publish its marts.

    Unit tests are left out: they test the code on rows of their own, not this bank's data.

    Args:
        settings: the paths of this build.
        variables: dbt vars as YAML, or None.
        progress: called as nodes begin and finish.

    Returns:
        What stepped aside, in sentences.

    Raises:
        ChurnError: the mapping, the source, the warehouse or the published file cannot be used.
        BuildFailedError: a model or a data test failed.
    """
    check_form(settings.project)
    variables_for_dbt, aside = dbt_variables(settings, variables)
    check_source(settings.table, _encoding(settings, variables_for_dbt))
    for file in (settings.warehouse, settings.published):
        if not file.parent.is_dir():
            raise ChurnError(f"The folder {file.parent} does not exist. Create it first.")
    if settings.warehouse == settings.published:
        raise ChurnError("CHURN_WAREHOUSE and CHURN_PUBLISHED must be two different files.")
    check_target(settings.published)
    busy = (
        f"{settings.warehouse} is in use by another build. Wait for it, or give this one a file of "
        "its own with --warehouse."
    )
    with alone(settings.warehouse, busy, patience=0):
        clock = Clock(read_times(settings.warehouse), progress)
        _start_afresh(settings.warehouse)
        arguments = ["build", "--exclude-resource-type", "unit_test", "--exclude", "tag:code"]
        with workers():
            nodes = _run_on_source(settings, arguments, variables_for_dbt, clock)
        _refuse_nothing(settings)
        with clock.timed("publish"):
            publish(
                settings.warehouse,
                settings.published,
                marts(nodes),
                settings.contents,
                settings.limits,
            )
        write_times(settings.warehouse, clock.times)
    return aside


def run_models(settings: Settings, select: str) -> None:
    """Run some models on the source, without tests and without publishing anything.

    Args:
        settings: the paths; the warehouse is a new file.
        select: which models, as dbt takes it.

    Raises:
        ChurnError: the mapping or the source cannot be used.
        BuildFailedError: a model failed.
    """
    variables, _ = dbt_variables(settings, None)
    check_source(settings.table, _encoding(settings, variables))
    _run_on_source(settings, ["run", "--select", select], variables)


def _run_on_source(
    settings: Settings,
    arguments: list[str],
    variables: dict[str, Any],
    clock: Clock | None = None,
) -> Any:
    """Run dbt with the source as it takes it: readable, and not as a pattern if it is none."""
    if variables:
        arguments = [*arguments, "--vars", json.dumps(variables)]
    encoding = _encoding(settings, variables)
    with readable(settings.table, encoding, settings.warehouse.parent) as (source, stand_in):
        os.environ["CHURN_SOURCE"] = pattern(source)
        # Where the text was written anew, its place is said to be the original one.
        os.environ["CHURN_STAND_IN"] = stand_in
        os.environ["CHURN_ORIGINAL"] = str(Path(settings.table).parent) if stand_in else ""
        return run_dbt(settings, arguments, clock)


def _encoding(settings: Settings, variables: dict[str, Any]) -> str:
    csv = variables.get("mapping", {}).get("csv") or {}
    return str(settings.encoding or csv.get("encoding", "utf-8"))


def dbt_variables(settings: Settings, given: str | None) -> tuple[dict[str, Any], list[str]]:
    """The vars for dbt: those of the mapping, then those given; and what stepped aside."""
    try:
        # The loader that dbt has: the other takes less.
        own = yaml.load(given, Loader=yaml.CSafeLoader) if given else {}
    except yaml.YAMLError as error:
        raise ChurnError(f"--vars is no YAML: {error}") from error
    if not isinstance(own, dict):
        raise ChurnError("--vars must be YAML such as '{alpha: 0.01}'.")
    try:
        written = (settings.project / "vars.yml").read_text(encoding="utf-8")
        known = yaml.load(written, Loader=yaml.CSafeLoader)["vars"]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ChurnError(f"vars.yml cannot be read: {error}") from error
    for name in own:
        if name not in known:
            raise ChurnError(
                f"--vars: there is no var {name}{nearest(name, known)}. vars.yml has them all."
            )
    if settings.mapping is None:
        return own, []
    read = read_mapping(settings.mapping, known | own)
    aside = []
    if read.absent:
        aside.append(f"The table has no {', '.join(read.absent)}.")
    if read.aside:
        aside.append(f"What needs them steps aside: {', '.join(read.aside)}.")
    return own | dict(read.variables), aside


def run_dbt(settings: Settings, arguments: list[str], clock: Clock | None = None) -> Any:
    """Run dbt in this process and return the nodes that it ran.

    Raises:
        ChurnError: dbt could not start, as with a mistake in the project or its vars.
        BuildFailedError: a node failed.
    """
    os.environ.update(settings.environment())
    # The dbt import takes seconds, so commands that do not need it should not pay for it.
    from dbt.cli.main import dbtRunner

    def on_event(event: Any) -> None:
        if clock is None:
            return
        if event.info.name == "LogStartLine":
            clock.begun(event.data.node_info.node_name, event.data.total)
        elif event.info.name in ("LogModelResult", "LogTestResult", "LogSeedResult"):
            clock.finished(event.data.node_info.node_name, event.data.execution_time)

    folder = str(settings.project)
    result = dbtRunner(callbacks=[on_event]).invoke(
        [
            # Nobody reads a log or the manifest of this run, and writing them takes time.
            *("--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json"),
            *arguments,
            *("--project-dir", folder, "--profiles-dir", folder),
        ]
    )
    _release_connection()
    if result.exception is not None:
        raise ChurnError(_tidy(str(result.exception)))
    nodes: list[Any] = list(getattr(result.result, "results", []))
    failures = [
        Failure(one.node.name, _tidy(one.message or "failed"))
        for one in nodes
        if one.status in ("error", "fail", "runtime error")
    ]
    if failures:
        raise BuildFailedError(failures)
    return [one.node for one in nodes]


def marts(nodes: list[Any]) -> list[Mart]:
    """The marts among the nodes that dbt ran, in alphabetical order.

    What a mart is about, which of its columns count customers, and whether it is published as a
    view of other marts, is said beside it as ``meta``.
    """
    found = []
    models = [node for node in nodes if node.resource_type == "model" and node.fqn[1] == "marts"]

    def over_marts(query: str) -> str:
        for one in models:
            query = query.replace(one.relation_name, f'main."{one.name}"')
        return query

    for node in models:
        meta = node.config.meta
        found.append(
            Mart(
                node.name,
                is_about_customers=meta.get("about") == "customers",
                counts=tuple(meta.get("counts", ())),
                within=meta.get("within"),
                view=over_marts(node.compiled_code) if meta.get("view") else "",
            )
        )
    return sorted(found, key=lambda mart: mart.name)


def _release_connection() -> None:
    """dbt-duckdb keeps the file open as long as the process lives; publishing reads it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _refuse_nothing(settings: Settings) -> None:
    """Keep a good published file from being replaced by one without a customer."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        ((accepted,),) = connection.execute("select rows_accepted from publication").fetchall()
        reasons = connection.execute(
            "select count(*), min(source_row), any_value(reasons order by source_row) "
            "from rejected_rows group by regexp_replace(reasons, '[0-9]+', '', 'g') "
            "order by 1 desc, 2 limit 3"
        ).fetchall()
    if accepted:
        return
    source = settings.source or SAMPLE
    if any("unicode" in reason.lower() for *_, reason in reasons):
        hint = "\nIf it is in another encoding, name that: --encoding windows-1251"
    else:
        hint = ""
    if not reasons:
        raise ChurnError(f"{source} has a header line but no rows; nothing was published.")
    raise ChurnError(
        f"No row of {source} could be accepted; nothing was published. The commonest reasons:\n"
        + "\n".join(
            f"  {rows} times, first in row {row}: {reason}" for rows, row, reason in reasons
        )
        + hint
    )


def _start_afresh(warehouse: Path) -> None:
    """Remove the last build's warehouse: nothing stale stays, and dbt has nothing to rename.

    Raises:
        ChurnError: another program has it open, or it is not a warehouse of ours.
    """
    if not warehouse.exists():
        return
    refuse_other_files(warehouse)
    try:
        with duckdb.connect(str(warehouse)) as connection:
            refuse_foreign(connection, warehouse, *FIRST_TABLES)
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise ChurnError(f"{warehouse} cannot be opened: {error}") from error
        raise ChurnError(
            f"{warehouse} is open in another program, perhaps another build. Wait for it or "
            "close it; BI tools should open the published file, which is never locked."
        ) from error
    except duckdb.Error as error:
        raise ChurnError(f"{warehouse} cannot be opened: {error}") from error
    warehouse.unlink()


def _tidy(message: str) -> str:
    """What dbt says, without blank lines, macro stacks and Python tracebacks."""
    _, is_ours, ours = message.rpartition(f"{ChurnError.__module__}.{ChurnError.__name__}: ")
    if is_ours:
        return "\n".join(line.strip() for line in ours.splitlines() if line.strip())
    lines = [line.rstrip() for line in message.strip().splitlines() if line.strip()]
    lines = [line for line in lines if not line.lstrip().startswith(("> in macro", "> called by"))]
    for start, line in enumerate(lines):
        if line.strip().startswith("Traceback"):
            # The exception follows the frames, which are indented deeper.
            indent = len(line) - len(line.lstrip())
            said = [
                place
                for place in range(start + 1, len(lines))
                if len(lines[place]) - len(lines[place].lstrip()) == indent
            ]
            return "\n".join(lines[:start] + lines[said[0] if said else start :])
    return "\n".join(lines)
