"""The published file can be read by the oldest driver that is promised."""

import json
import os
import subprocess
import sys

import pytest

from ..conftest import PROJECT, query

DRIVER = PROJECT / ".venv" / "duckdb-1.4"
READ = """
import json, sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    tables = [table for (table,) in connection.execute("show tables").fetchall()]
    print(json.dumps({
        "version": duckdb.__version__,
        "tables": {
            table: [
                connection.execute(f"select count(*) from {table}").fetchone()[0],
                str(connection.execute(f"select * from {table} limit 3").fetchall()),
            ]
            for table in tables
        },
        "comments": connection.execute(
            "select count(*) from duckdb_columns() where not internal and comment is not null"
        ).fetchone()[0],
    }))
"""


@pytest.mark.skipif(
    not DRIVER.exists() and not os.environ.get("CI"),
    reason="make test installs DuckDB 1.4 in .venv/duckdb-1.4",
)
def test_a_driver_of_duckdb_1_4_reads_every_mart(sample_build):
    finished = subprocess.run(
        [sys.executable, "-c", READ, str(sample_build)],
        env={**os.environ, "PYTHONPATH": str(DRIVER)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    found = json.loads(finished.stdout)
    assert found["version"].startswith("1.4.")
    assert len(found["tables"]) > 30
    for table, (rows, first) in found["tables"].items():
        assert query(sample_build, f"select count(*) from {table}") == [(rows,)]
        assert str(query(sample_build, f"select * from {table} limit 3")) == first
    assert query(
        sample_build,
        "select count(*) from duckdb_columns() where not internal and comment is not null",
    ) == [(found["comments"],)]
