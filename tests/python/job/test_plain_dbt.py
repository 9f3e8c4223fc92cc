"""dbt run by hand, without churn: in a clone, in a host project, in steps."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ...tables import telecom
from ..conftest import PROJECT, SAMPLE, churn_environment, query, run_churn

# What of the project's folder is no part of a clone, beside hidden files and databases.
NOT_CLONED = ("target", "logs", "report", "spark", "churn_csv", "dbt_packages")


def dbt(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run dbt in a folder as a data engineer does: settings come from there alone."""
    return subprocess.run(
        [Path(sys.executable).with_name("dbt"), "--no-use-colors", *arguments],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if not key.startswith("CHURN_")}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def cloned(folder: Path) -> Path:
    def left_out(place: str, names: list[str]) -> set[str]:
        generated = set(NOT_CLONED) if Path(place) == PROJECT else {"__pycache__"}
        return {
            name
            for name in names
            if name in generated or name.startswith(".") or ".duckdb" in name or "egg-info" in name
        }

    shutil.copytree(PROJECT, folder, ignore=left_out)
    return folder


def tables(file: Path) -> dict[str, list[tuple]]:
    """Every table's rows, in order; what says when and how it was built left out."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return {
            name: connection.execute(
                f"select {'* exclude (built_at)' if name == 'publication' else '*'} from {name}"
            ).fetchall()
            for (name,) in connection.execute("show tables").fetchall()
            if name not in ("build_times", "churn_run")
        }


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """A clone whose `.env` names a source, built by `dbt build` without options."""
    folder = cloned(tmp_path_factory.mktemp("plain") / "bank_churn")
    shutil.copy(SAMPLE, folder / "bank.csv")
    (folder / ".env").write_text("CHURN_SOURCE=bank.csv\n", encoding="utf-8")
    finished = dbt(folder, "build")
    assert finished.returncode == 0, finished.stdout
    assert "WARNING" not in finished.stdout
    (folder / "target" / "before").mkdir()
    shutil.copy(folder / "target" / "manifest.json", folder / "target" / "before")
    return folder


def publish(folder: Path, published: Path) -> subprocess.CompletedProcess:
    warehouse = str(folder / "churn_work.duckdb")
    return run_churn(folder, "publish", "--warehouse", warehouse, "--published", str(published))


def test_plain_dbt_makes_the_same_warehouse(clone, tmp_path):
    finished = run_churn(tmp_path, "build", "--source", str(clone / "bank.csv"))
    assert finished.returncode == 0, finished.stderr
    ours, plain = tables(tmp_path / "work.duckdb"), tables(clone / "churn_work.duckdb")
    assert ours.keys() == plain.keys()
    # Whole paths of the source are in the tables: that of the clone is relative.
    of_files = {
        "raw_customers",
        "stg_bank__customers",
        "int_customers_validated",
        "int_file_starts",
    }
    for name in ours.keys() - of_files:
        assert ours[name] == plain[name], name

    finished = publish(clone, tmp_path / "plain.duckdb")
    assert finished.returncode == 0, finished.stderr
    assert "Next: " in finished.stdout and "report --published" in finished.stdout
    assert tables(tmp_path / "plain.duckdb") == tables(tmp_path / "churn.duckdb")


def test_what_was_not_built_whole_is_not_published(clone, tmp_path):
    target = tmp_path / "churn.duckdb"

    def refused() -> str:
        finished = publish(clone, target)
        assert finished.returncode == 1 and not target.exists()
        assert "Run dbt build" in finished.stderr and "Traceback" not in finished.stderr
        return finished.stderr

    # A change of one model and what depends on it, against the saved state.
    model = clone / "models" / "marts" / "exploration" / "attribute_associations.sql"
    written = model.read_text(encoding="utf-8")
    model.write_text(f"-- Changed.\n{written}", encoding="utf-8")
    finished = dbt(
        clone, "build", "--select", "state:modified+", "--defer", "--state", "target/before"
    )
    model.write_text(written, encoding="utf-8")
    assert finished.returncode == 0, finished.stdout
    assert "model main.attribute_associations" in finished.stdout
    assert "model main.int_churn_cube" not in finished.stdout
    assert "dbt build left out" in refused()

    # A test that fails, also where tests are run alone.
    failing = clone / "tests" / "sql" / "marts" / "assert_nothing.sql"
    failing.write_text("-- Fails.\nselect 1 as one\n", encoding="utf-8")
    assert dbt(clone, "test", "--select", "assert_nothing").returncode == 1
    assert "dbt test failed in assert_nothing" in refused()
    failing.unlink()

    # No rows at all, in a new warehouse.
    (clone / "churn_work.duckdb").unlink()
    finished = dbt(clone, "build", "--empty")
    assert finished.returncode == 0, finished.stdout
    assert "--empty made tables without rows" in refused()

    # A build that does not come to its end, and a file of another kind.
    with duckdb.connect(str(clone / "churn_work.duckdb")) as connection:
        connection.execute("update churn_run set status = 'unfinished', detail = 'cut short'")
    assert "cut short" in refused()
    with duckdb.connect(str(clone / "churn_work.duckdb")) as connection:
        connection.execute("drop table churn_run")
    assert "is no warehouse of a dbt build" in refused()
    (clone / "churn_work.duckdb").unlink()
    assert "There is no warehouse" in refused()


def test_a_mapping_is_handed_on_as_vars(clone, tmp_path):
    telecom(tmp_path / "telecom.csv", rows=400)
    printed = run_churn(tmp_path, "vars", "--mapping", "telecom")
    assert printed.returncode == 0, printed.stderr
    environment = {
        "CHURN_SOURCE": str(tmp_path / "telecom.csv"),
        "CHURN_MAPPING": "telecom",
        "CHURN_WAREHOUSE": str(tmp_path / "plain.duckdb"),
    }
    finished = dbt(clone, "build", "--quiet", "--vars", printed.stdout, **environment)
    assert finished.returncode == 0, finished.stdout
    assert query(tmp_path / "plain.duckdb", "select rows_accepted from publication") == [(400,)]
    # Without them dbt says how to hand them on.
    finished = dbt(clone, "run", "--quiet", "--select", "raw_customers", **environment)
    assert finished.returncode == 1
    assert 'dbt build --vars "$(churn vars)"' in finished.stdout


def test_another_encoding_is_no_work_for_plain_dbt(clone):
    finished = dbt(
        clone, "run", "--quiet", "--select", "raw_customers", CHURN_ENCODING="windows-1251"
    )
    assert finished.returncode == 1
    assert "dbt reads only UTF-8" in finished.stdout
    # Nor is a spreadsheet, whichever sheet of it.
    for source in ("bank.xlsx", "bank.xlsx::Customers"):
        finished = dbt(clone, "run", "--quiet", "-s", "raw_customers", CHURN_SOURCE=source)
        assert finished.returncode
        assert "is a spreadsheet, which dbt does not read" in finished.stdout


def test_a_source_that_is_gone_is_named(clone, tmp_path):
    environment = {"CHURN_WAREHOUSE": str(tmp_path / "work.duckdb")}
    for source in ("none.csv", "none*.parquet"):
        finished = dbt(clone, "run", "-s", "raw_customers", CHURN_SOURCE=source, **environment)
        assert finished.returncode
        assert f"There is no file {source}. Set CHURN_SOURCE" in finished.stdout


def test_a_host_project_builds_the_package(clone, tmp_path):
    """With the sample, which lies in the package; a model of the host reads a mart."""
    profile = (
        "host:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: host.duckdb, threads: 3, "
        "module_paths: [dbt_packages/bank_churn]"
    )
    files = {
        "dbt_project.yml": "name: host\nprofile: host\n",
        "packages.yml": f"packages: [{{local: {os.path.relpath(clone, tmp_path)}}}]\n",
        "profiles.yml": profile + "}\n",
        "models/rate.sql": "select churn_rate from {{ ref('bank_churn', 'churn_overview') }}\n",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert dbt(tmp_path, "deps").returncode == 0
    finished = dbt(tmp_path, "build")
    assert finished.returncode != 0
    assert "cp dbt_packages/bank_churn/vars.yml ." in finished.stdout
    shutil.copy(tmp_path / "dbt_packages" / "bank_churn" / "vars.yml", tmp_path)
    finished = dbt(tmp_path, "run", "-s", "raw_customers")
    remedy = "plugins: [{module: python_steps.intake.dbt_plugin}]"
    assert finished.returncode != 0 and remedy in finished.stdout
    (tmp_path / "profiles.yml").write_text(f"{profile}, {remedy}}}\n", encoding="utf-8")
    finished = dbt(tmp_path, "build", "--quiet")
    assert finished.returncode == 0, finished.stdout
    warehouse = tmp_path / "host.duckdb"
    ((rate,),) = query(warehouse, "select churn_rate from rate")
    assert query(warehouse, "select churn_rate from churn_overview") == [(rate,)]
    arguments = ("--warehouse", str(warehouse), "--published", "churn.duckdb")
    finished = run_churn(tmp_path, "publish", *arguments)
    assert finished.returncode == 0, finished.stderr
    assert query(tmp_path / "churn.duckdb", "select source, rows_read from publication") == [
        ("customers.csv", 10_000)
    ]
    # The host's tables are no warehouse that a build may replace.
    finished = run_churn(tmp_path, "build", CHURN_WAREHOUSE="host.duckdb")
    assert finished.returncode == 1 and "does not carry the mark" in finished.stderr
    assert query(warehouse, "select churn_rate from rate") == [(rate,)]


def test_the_environment_of_a_test_is_its_own(tmp_path):
    """The tests would pass or fail by somebody's settings otherwise."""
    assert not any(
        key.startswith("CHURN_") and key not in ("CHURN_WAREHOUSE", "CHURN_PUBLISHED")
        for key in churn_environment(tmp_path)
    )
