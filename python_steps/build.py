"""The main job: dbt build, then publishing."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from python_steps.errors import ChurnError
from python_steps.publish import publish
from python_steps.settings import SAMPLE, Settings
from python_steps.source import check_source


@dataclass(frozen=True)
class Failure:
    """A dbt node that failed: its name, and what dbt says of it."""

    node: str
    message: str


class BuildFailed(ChurnError):
    """dbt ran, and something in it failed; nothing was published."""

    def __init__(self, failures: list[Failure]) -> None:
        self.failures = failures
        super().__init__(
            "\n".join(f"{failure.node}: {failure.message}" for failure in failures)
        )


def build(settings: Settings, variables: str | None, progress: Callable[[str], None]) -> None:
    """Build the warehouse from the source and publish its marts.

    Unit tests are left out: they test the code on rows of their own, not this bank's data.

    Args:
        settings: the paths of this build.
        variables: dbt vars as YAML, or None.
        progress: called with each finished node's name.

    Raises:
        ChurnError: the source, the warehouse or the published file cannot be used.
        BuildFailed: a model or a data test failed.
    """
    check_source(settings.source or str(settings.project / SAMPLE))
    for file in (settings.warehouse, settings.published):
        if not file.parent.is_dir():
            raise ChurnError(f"The folder {file.parent} does not exist. Create it first.")
    if settings.warehouse == settings.published:
        raise ChurnError("CHURN_WAREHOUSE and CHURN_PUBLISHED must be two different files.")
    _check_lock(settings.warehouse)
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    if variables:
        arguments += ["--vars", variables]
    nodes = run_dbt(settings, arguments, progress)
    publish(settings.warehouse, settings.published, mart_names(nodes))


def run_dbt(settings: Settings, arguments: list[str], progress: Callable[[str], None]) -> Any:
    """Run dbt in this process and return the nodes that it ran.

    Raises:
        ChurnError: dbt could not start, as with a mistake in the project or its vars.
        BuildFailed: a node failed.
    """
    os.environ.update(settings.environment())
    # The dbt import takes seconds, so commands that do not need it should not pay for it.
    from dbt.cli.main import dbtRunner

    def on_event(event: Any) -> None:
        if event.info.name in ("LogModelResult", "LogTestResult", "LogSeedResult"):
            progress(event.data.node_info.node_name)

    folder = str(settings.project)
    result = dbtRunner(callbacks=[on_event]).invoke(
        ["--quiet", "--log-level", "none", *arguments]
        + ["--project-dir", folder, "--profiles-dir", folder]
    )
    _release_connection()
    if result.exception is not None:
        raise ChurnError(_tidy(str(result.exception)))
    failures = [
        Failure(one.node.name, _tidy(one.message or "failed"))
        for one in result.result.results
        if one.status in ("error", "fail", "runtime error")
    ]
    if failures:
        raise BuildFailed(failures)
    return [one.node for one in result.result.results]


def mart_names(nodes: list[Any]) -> list[str]:
    """The names of the marts among the nodes that dbt ran, in alphabetical order."""
    return sorted(
        node.name for node in nodes if node.resource_type == "model" and node.fqn[1] == "marts"
    )


def _release_connection() -> None:
    """dbt-duckdb keeps the file open as long as the process lives; publishing reads it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


def _check_lock(warehouse: Path) -> None:
    """Say who is in the way before dbt does, at length."""
    try:
        duckdb.connect(str(warehouse)).close()
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise ChurnError(
                f"{warehouse} is open in another program, perhaps another build. Wait for it or "
                "close it; BI tools should open the published file, which is never locked."
            ) from error
        raise ChurnError(f"{warehouse} cannot be opened: {error}") from error


def _tidy(message: str) -> str:
    return "\n".join(line.rstrip() for line in message.strip().splitlines() if line.strip())
