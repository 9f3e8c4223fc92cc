"""A build with Spark for what is heavy: cleaning, the cube, and who is in what.

Spark cleans the customers and makes the churn cube. DuckDB with Python takes both as Parquet,
searches and publishes. Spark then says of every customer which segments and cluster are theirs, and
leaves that as Parquet.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import duckdb

from python_steps.common.dbt_run import as_yaml
from python_steps.common.errors import ChurnError
from python_steps.common.progress import Step
from python_steps.common.settings import Settings
from python_steps.intake.source import Readable
from python_steps.intake.variables import read_variables
from python_steps.job.build import build

# What tells a folder of ours, which a build empties, from any other.
_MARK = ".churn_spark"
# What Python found and Spark needs.
_FOUND = (
    "int_risk_segments",
    "int_clustered_cells",
    "risk_segments",
    "segment_recommendations",
)
# Tests that also need what only DuckDB has are no part of this.
_BUILD_HERE = ("build", "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious")
_ASSIGNED = (
    "int_customers_clustered",
    "customers",
    "customer_segments",
    "customer_clusters",
    "customer_actions",
)


def build_with_spark(
    settings: Settings,
    variables: str | None,
    progress: Callable[[Step], None],
    say: Callable[[str], None],
) -> Sequence[str]:
    """Build with Spark, publish, and leave every customer's segments and cluster as Parquet.

    Args:
        settings: as for any build; the source is Parquet, and the folder ``spark`` is emptied.
        variables: dbt vars as YAML, or None.
        progress: called as nodes of the middle part begin and finish.
        say: told what is being done.

    Returns:
        What stepped aside, in sentences.

    Raises:
        ChurnError: Spark is not installed, the source is no Parquet, the folder is not ours, or a
            part failed.
    """
    folder = settings.spark
    if folder is None:
        raise ValueError("no folder for Spark's tables")
    if find_spec("pyspark") is None or find_spec("dbt.adapters.spark") is None:
        raise ChurnError("Spark is not installed: pip install --editable '.[spark]'")
    read = read_variables(settings, variables)
    source = read.source(settings)
    if source.kind != "parquet":
        raise ChurnError(f"Spark reads Parquet, and {settings.table} is none.")
    _empty(folder)
    values = as_yaml(read.values)
    environment = {
        **os.environ,
        **settings.environment(),
        **Readable(settings.table, source.kind, source.files).environment(),
        "CHURN_WAREHOUSE": str(settings.warehouse),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    say("Spark cleans the customers and makes the cube")
    _dbt(settings, folder, environment, values, ["run", "--select", "+int_churn_cube"])
    say("DuckDB and Python search and publish")
    aside = build(settings, variables, progress)
    _hand_over(settings.warehouse, folder / "found")
    say("Spark assigns every customer")
    _dbt(settings, folder, environment, values, [*_BUILD_HERE, "--select", *_ASSIGNED])
    return aside


def _empty(folder: Path) -> None:
    mark = folder / _MARK
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise ChurnError(f"{folder} holds other files. Name a folder of its own.")
    if folder.exists():
        shutil.rmtree(folder)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise ChurnError(f"{folder} cannot be made: {error}") from error
    mark.touch()


def _dbt(
    settings: Settings,
    folder: Path,
    environment: dict[str, str],
    variables: str,
    arguments: list[str],
) -> None:
    """Run dbt on Spark in a process of its own, as a session lives as long as its process."""
    project = str(settings.project)
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", *arguments, "--target", "spark"]
    command += ["--project-dir", project, "--profiles-dir", project, "--vars", variables]
    finished = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if finished.returncode:
        said = [line[:300] for line in finished.stdout.splitlines() if line.strip()]
        raise ChurnError("Spark could not do its part:\n" + "\n".join(said[-30:]))


def _hand_over(warehouse: Path, folder: Path) -> None:
    folder.mkdir()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for table in _FOUND:
            target = str(folder / f"{table}.parquet").replace("'", "''")
            connection.execute(f"copy {table} to '{target}' (format parquet)")
