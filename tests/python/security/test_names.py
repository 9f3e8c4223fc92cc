"""Names of columns are names, whatever they contain: no quote of theirs ends ours."""

import csv
import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from ..conftest import query, run_churn

EVIL = "written.txt"
KEY = f"id \"; copy (select 1) to '{EVIL}'; --"
OUTCOME = 'left""?'
OWN = {
    "height": 'Height 5"',
    "templated": "it's {{ 1 / 0 }} {% raw %} {# x #}",
    "commented": "a;b--c/*d",
    "broken": "line\nbreak",
    "slashed": "back\\slash`tick$$",
    "russian": "рост «м»",
    "ended": "a\u2028key: [injected]\x85# b\u00a0c",
}
KEPT_OUT = ['kept "out"', f"x\"; copy (select 2) to '{EVIL}'; --"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One table as CSV, Parquet and DuckDB, and a mapping of all its columns."""
    folder = tmp_path_factory.mktemp("names")
    rows = [
        [f"c{row}", 150 + row % 40, "xyz"[row % 3], row % 2, "pq"[row % 2], row * 7 % 13, row % 5,
         row % 6, "yes" if row * 7 % 11 < 3 else "no", "secret one", "secret two"]
        for row in range(300)
    ]  # fmt: skip
    columns = [KEY, *OWN.values(), OUTCOME, *KEPT_OUT]
    with (folder / "bank.csv").open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([columns, *rows])
    table = pd.DataFrame(rows, columns=columns).astype(str)
    with duckdb.connect(str(folder / "bank.duckdb")) as connection:
        connection.register("made", table)
        connection.execute('create table "it\'s; drop" as from made')
        connection.execute(f"copy (from made) to '{folder / 'bank.parquet'}' (format parquet)")
    types = ["integer", "text", "boolean", "text", "integer", "integer", "integer"]
    mapping = {
        "key": ["user_id"],
        "columns": {"user_id": KEY, **OWN, "has_churned": OUTCOME},
        "keep_out": KEPT_OUT,
        "attributes": [{"name": name, "type": kind} for name, kind in zip(OWN, types, strict=True)],
    }
    (folder / "bank.yml").write_text(json.dumps(mapping), encoding="utf-8")
    return folder


@pytest.mark.parametrize("source", ["bank.csv", "bank.parquet", "bank.duckdb::it's; drop"])
def test_a_table_with_such_names_is_built(folder: Path, source: str):
    arguments = ("--source", source, "--mapping", "bank.yml")
    checked = run_churn(folder, "check", *arguments)
    assert checked.returncode == 0, checked.stdout
    finished = run_churn(folder, "build", *arguments)
    assert finished.returncode == 0, finished.stderr
    published = folder / "churn.duckdb"
    assert query(published, "select rows_read, rows_rejected from publication") == [(300, 0)]
    assert query(published, "select min(height), max(height) from customers") == [(150, 189)]
    assert query(published, "select count(*) from churn_rates where attribute = 'broken'") == [(2,)]
    for file in (published, folder / "work.duckdb"):
        assert b"secret one" not in file.read_bytes()
    assert not list(folder.rglob(EVIL)) and not Path(EVIL).exists()


@pytest.mark.parametrize("source", ["bank.csv", "bank.parquet", "bank.duckdb::it's; drop"])
def test_a_draft_of_such_a_table_can_be_used(folder: Path, source: str):
    (folder / "draft.yml").unlink(missing_ok=True)
    finished = run_churn(folder, "mapping", "--source", source, "--out", "draft.yml")
    assert finished.returncode == 0, finished.stderr
    drafted = yaml.safe_load((folder / "draft.yml").read_text(encoding="utf-8"))
    assert set(drafted["columns"].values()) <= {KEY, *OWN.values(), OUTCOME, *KEPT_OUT}
    assert not list(folder.rglob(EVIL)) and not Path(EVIL).exists()


def test_such_names_come_through_as_vars(folder: Path):
    finished = run_churn(folder, "vars", "--mapping", "bank.yml")
    assert finished.returncode == 0, finished.stderr
    said = yaml.safe_load(finished.stdout)["mapping"]
    assert {*said["columns"].values()} == {KEY, *OWN.values(), OUTCOME}
    assert said["keep_out"] == KEPT_OUT
