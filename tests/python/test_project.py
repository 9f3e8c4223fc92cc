"""What the project says of itself is true."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import python_steps
from python_steps.report.figures import TABLES

from .conftest import PROJECT, query, run_churn

EXPOSURES = yaml.safe_load((PROJECT / "models" / "exposures.yml").read_text(encoding="utf-8"))[
    "exposures"
]


def test_one_version():
    macro = (PROJECT / "macros" / "engine" / "project_version.sql").read_text(encoding="utf-8")
    assert f'return("{python_steps.__version__}")' in macro


def test_requirements_are_pinned_and_name_no_host():
    files = list(PROJECT.glob("requirements*.txt"))
    assert len(files) == 6
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            assert line.startswith("#") or re.fullmatch(r"[\w.-]+==[\w.]+", line), line


def test_readme_names_the_commands_and_variables_that_exist(tmp_path):
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z-]+)", readme):
        assert f"\n{target}:" in makefile, target
    for command in set(re.findall(r"\bchurn ([a-z]+)\b(?= |`|\n)", readme)) - {"rate", "rates"}:
        finished = run_churn(tmp_path, command, "--help")
        assert finished.returncode == 0, command
    environment = (PROJECT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"CHURN_[A-Z_]+", readme)) <= set(
        re.findall(r"CHURN_[A-Z_]+", environment)
    )


def test_readme_lists_every_published_table(sample_build):
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for (table,) in query(sample_build, "show tables"):
        slices = table.startswith("churn_by_")
        assert f"`{table}`" in readme or (slices and "`churn_by_" in readme), table


def test_every_model_macro_and_column_is_described():
    """Of the warehouse's tables too, not only of the published ones."""
    macros = {entry["name"] for entry in _entries("macros", "macros")}
    written = {
        ("test_" if kind == "test" else "") + name
        for file in (PROJECT / "macros").rglob("*.sql")
        for kind, name in re.findall(r"{% (macro|test) (\w+)", file.read_text(encoding="utf-8"))
        # The same macro for one engine; that of dbt-duckdb is overridden under its own name.
        if not name.startswith(("default__", "spark__"))
    }
    assert macros == written
    models = {entry["name"]: entry for entry in _entries("models", "models")}
    files = {
        file.stem for suffix in ("sql", "py") for file in (PROJECT / "models").rglob(f"*.{suffix}")
    }
    assert set(models) == files
    for name, entry in models.items():
        assert entry["description"].strip(), name
        assert entry["columns"], name
        for column in entry["columns"]:
            assert column["description"].strip(), (name, column)


def test_the_documented_columns_of_the_warehouse_exist(sample_build):
    """A column that a model lost or gained must be lost or gained in its description."""
    documented = {
        (entry["name"], column["name"])
        for entry in (*_entries("models", "models"), *_entries("seeds", "seeds"))
        for column in entry["columns"]
    }
    present = {
        (table, column)
        for table, column in query(
            sample_build.with_name("work.duckdb"),
            "select table_name, column_name from duckdb_columns() where not internal",
        )
        if table not in ("raw_malformed_lines_kept", "build_times", "churn_run")
    }
    assert documented == present


def test_analyses_compile_and_run(sample_build, tmp_path):
    """Each opens with its question and answer, and runs on what a build left."""
    warehouse = sample_build.with_name("work.duckdb")
    finished = subprocess.run(
        [
            *(Path(sys.executable).with_name("dbt"), "--quiet", "compile"),
            *("--select", "resource_type:analysis", "--target-path", tmp_path),
            *("--project-dir", PROJECT, "--profiles-dir", PROJECT),
        ],
        env={**os.environ, "CHURN_WAREHOUSE": str(warehouse), "DBT_LOG_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    analyses = list((PROJECT / "analyses").glob("*.sql"))
    for file in analyses:
        written = file.read_text(encoding="utf-8")
        assert re.match(r"-- [^\n]*\?\n-- On the bank's real table", written), file
        (compiled,) = tmp_path.rglob(f"compiled/*/analyses/{file.name}")
        assert query(warehouse, compiled.read_text(encoding="utf-8"))
    assert len(analyses) >= 5


def test_dbt_docs_lead_from_the_raw_table_to_every_exposure(sample_build, tmp_path):
    finished = subprocess.run(
        [
            *(Path(sys.executable).with_name("dbt"), "--quiet", "docs", "generate"),
            *("--target-path", tmp_path, "--project-dir", PROJECT, "--profiles-dir", PROJECT),
        ],
        env={
            **os.environ,
            "CHURN_WAREHOUSE": str(sample_build.with_name("work.duckdb")),
            "DBT_LOG_PATH": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    catalog = json.loads((tmp_path / "catalog.json").read_text(encoding="utf-8"))
    documented = {key for key in manifest["nodes"] if key.startswith(("model.", "seed."))}
    assert documented == set(catalog["nodes"])
    assert not catalog["errors"]
    raw = "model.bank_churn.raw_customers"
    exposures = set(manifest["exposures"])
    assert len(exposures) == len(EXPOSURES)
    marts = {key for key in documented if "marts" in manifest["nodes"][key]["fqn"]}
    # What attributes are called is configuration.
    for node in exposures | marts - {"model.bank_churn.attributes"}:
        ancestors, found = [node], set()
        while ancestors:
            parents = set(manifest["parent_map"][ancestors.pop()]) - found
            found |= parents
            ancestors += parents
        assert raw in found, node


def test_the_superset_board_asks_for_what_is_published(sample_build):
    """Tables, columns and metrics of the board's files exist, and its exposure names them."""
    board = PROJECT / "dashboards" / "superset"
    used = set()
    published = {table for (table,) in query(sample_build, "show tables")}
    for file in board.glob("datasets/*/*.yaml"):
        dataset = yaml.safe_load(file.read_text(encoding="utf-8"))
        table = dataset["table_name"]
        asked = f"({dataset['sql']}) as {table}" if dataset["sql"] else table
        used |= published & set(re.findall(r"\w+", asked))
        columns = [
            column.get("expression") or column["column_name"] for column in dataset["columns"]
        ]
        metrics = [metric["expression"] for metric in dataset["metrics"]]
        query(sample_build, f"select {', '.join(columns)} from {asked}")
        query(sample_build, f"select {', '.join(metrics)} from {asked}")
    (exposure,) = (entry for entry in EXPOSURES if entry["name"] == "superset_board")
    assert {f"ref('{table}')" for table in used} == set(exposure["depends_on"])


@pytest.mark.parametrize("name", ["dashboard", "deck"])
def test_the_report_reads_what_its_exposures_name(name):
    (exposure,) = (entry for entry in EXPOSURES if entry["name"] == name)
    assert set(exposure["depends_on"]) == {f"ref('{table}')" for table in (*TABLES, "churn_cube")}


@pytest.mark.parametrize("folder", ["models", "tests/sql"])
def test_singular_tests_and_models_give_reasons_in_words(folder):
    for file in (PROJECT / folder).rglob("assert_*.sql"):
        assert file.read_text(encoding="utf-8").startswith("-- "), file


def test_the_package_metadata_is_complete():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"churn": "python_steps.cli.program:program"}


def _entries(folder: str, key: str) -> list[dict]:
    return [
        entry
        for file in (PROJECT / folder).rglob("_*.yml")
        for entry in yaml.safe_load(file.read_text(encoding="utf-8")).get(key, [])
    ]
