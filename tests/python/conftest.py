"""Builds that several tests look at, each made once."""

import atexit
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from python_steps.common.dbt_run import run_dbt
from python_steps.common.settings import Settings
from python_steps.intake.source import Source

from ..conftest import ONE_THREAD
from . import forks

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = PROJECT / "seeds" / "sample" / "customers.csv"


def churn_environment(folder: Path) -> dict[str, str]:
    """The environment of a command that keeps its files in a folder of the test."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("CHURN_")}
    return {
        **clean,
        "PYTHONPATH": str(PROJECT),
        "CHURN_WAREHOUSE": "work.duckdb",
        "CHURN_PUBLISHED": "churn.duckdb",
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }


def run_as_user(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run the command line as a user does, with its files in a folder of the test."""
    return subprocess.run(
        [sys.executable, "-m", "python_steps", *arguments],
        cwd=folder,
        env={
            key: value
            for key, value in {**churn_environment(folder), **environment}.items()
            if key not in ONE_THREAD
        },
        capture_output=True,
        text=True,
        check=False,
    )


def run_churn(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """The same faster: with everything imported, and the project parsed."""
    if not hasattr(os, "fork"):
        return run_as_user(folder, *arguments, **environment)
    parsed = folder / "target" / "partial_parse.msgpack"
    # By what a project is parsed with: dbt itself looks whether it is the same.
    kind = (*arguments[1:], environment.get("CHURN_MAPPING", ""))
    is_new = not parsed.exists()
    if is_new and arguments[:1] in (("build",), ("check",)):
        parsed.parent.mkdir(exist_ok=True)
        shutil.copy(_PARSED.get(kind) or _parsed_project(), parsed)
    finished = forks.run(list(arguments), folder, {**churn_environment(folder), **environment})
    if is_new and parsed.exists() and kind not in _PARSED:
        _PARSED[kind] = shutil.copy(parsed, _kept() / f"{len(_PARSED)}.msgpack")
    return finished


# What dbt keeps of the project, as it was parsed for other tests.
_PARSED: dict[tuple[str, ...], str | Path] = {}


@cache
def _parsed_project() -> Path:
    """The project, parsed without vars."""
    finished = forks.run(["check"], _kept(), churn_environment(_kept()))
    assert finished.returncode == 0, finished.stderr + finished.stdout
    return _kept() / "target" / "partial_parse.msgpack"


@cache
def _kept() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="churn_parsed_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def accepted(folder: Path, source: str, encoding: str = "") -> list[tuple]:
    """What a source's rows become before any figure, in this process.

    Where that is the same, all marts are: nothing later reads the source.
    """
    settings = Settings.of({"CHURN_SOURCE": source, "CHURN_WAREHOUSE": "accepted.duckdb"}, folder)
    settings.warehouse.unlink(missing_ok=True)
    with Source.of(settings.table, encoding).readable(folder) as readable:
        environment = {**settings.environment(), **readable.environment()}
        command = ("run", "--select", "+int_customers_validated")
        run_dbt(settings.project, settings.warehouse, command, environment, {})
    return query(
        settings.warehouse,
        "select * exclude (source_file) from int_customers_validated order by parsed_row",
    )


def build(folder: Path, source: Path | str | None = None, **environment: str) -> Path:
    """Build a source and return the published file."""
    arguments = ["build"] + (["--source", str(source)] if source else [])
    finished = run_churn(folder, *arguments, **environment)
    assert finished.returncode == 0, finished.stderr + finished.stdout
    return folder / "churn.duckdb"


def benchmark(name: str) -> ModuleType:
    """A script of benchmarks/ as a module: the tests run short versions of some."""
    return script(f"benchmarks/{name}.py")


def script(file: str) -> ModuleType:
    """A script of the project as a module; like a script, it finds those beside it."""
    folder = str((PROJECT / file).parent)
    if folder not in sys.path:
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location(Path(file).stem, PROJECT / file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def query(file: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="session")
def sample_build(tmp_path_factory) -> Path:
    """The published file of the shipped sample."""
    return build(tmp_path_factory.mktemp("sample"))
