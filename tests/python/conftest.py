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
    target = folder / "target"
    if arguments[:1] in (("build",), ("check",)) and not target.exists():
        target.mkdir()
        shutil.copy(_parsed_project(), target)
    return forks.run(list(arguments), folder, {**churn_environment(folder), **environment})


@cache
def _parsed_project() -> Path:
    """What dbt keeps of a parsed project; where vars are given it parses anew all the same."""
    folder = Path(tempfile.mkdtemp(prefix="churn_parsed_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    finished = forks.run(["check"], folder, churn_environment(folder))
    assert finished.returncode == 0, finished.stderr + finished.stdout
    return folder / "target" / "partial_parse.msgpack"


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
    """A script of the project as a module."""
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
