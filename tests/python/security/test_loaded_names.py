"""A bank's columns may be called as those that loading adds, or as what DuckDB adds itself."""

import duckdb
import pytest
import yaml

from ..conftest import query, run_churn

TAKEN = ("source_file", "churn_source_file", "rowid", "parsed_row", "filename", "row_number")
ROWS = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loaded")
    values = ", ".join(f"(i * {place}) % 7 as {name}" for place, name in enumerate(TAKEN, 2))
    with duckdb.connect(str(folder / "bank.duckdb")) as connection:
        connection.execute(
            f"create table customers as select i + 1 as id, i % 3 = 0 as exited, {values}, "
            f"i % 7 as file_row_number, cast(i / 1000 as decimal(38, 38)) as tiny "
            f"from range({ROWS}) as r (i)"
        )
        connection.execute(f"copy customers to '{folder / 'bank.csv'}'")
        connection.execute(f"copy customers to '{folder / 'refused.parquet'}'")
        connection.execute(
            "copy (select * exclude (file_row_number, churn_source_file) from customers) "
            f"to '{folder / 'bank.parquet'}'"
        )
    write_mapping(folder / "all.yml", TAKEN)
    write_mapping(folder / "parquet.yml", [one for one in TAKEN if one != "churn_source_file"])
    return folder


def write_mapping(file, names):
    mapping = {
        "key": ["user_id"],
        "columns": {
            "user_id": "id", "has_churned": "exited", "a_tiny": "tiny",
            **{f"a_{name}": name for name in names},
        },
        "attributes": [
            {"name": "a_tiny", "type": "number"},
            *({"name": f"a_{name}", "type": "integer"} for name in names),
        ],
    }  # fmt: skip
    file.write_text(yaml.safe_dump(mapping), encoding="utf-8")


@pytest.mark.parametrize("source", ["bank.csv", "bank.parquet", "bank.duckdb::customers"])
def test_they_are_read_as_any_other(folder, source):
    mapping = "parquet.yml" if source.endswith("parquet") else "all.yml"
    finished = run_churn(folder, "build", "--source", source, "--mapping", mapping)
    assert finished.returncode == 0, finished.stderr
    for place, name in enumerate(TAKEN, 2):
        if name == "churn_source_file" and mapping == "parquet.yml":
            continue
        wrong = f"select count(*) from customers where a_{name} <> (user_id::int - 1) * {place} % 7"
        assert query(folder / "churn.duckdb", wrong) == [(0,)]
    assert query(folder / "churn.duckdb", "select count(*), max(a_tiny) from customers") == [
        (ROWS, 0.299)
    ]
    rows = query(folder / "work.duckdb", "select min(parsed_row), max(parsed_row) from "
                 "int_customers_validated")  # fmt: skip
    assert rows == [(1, ROWS)]


def test_what_reading_parquet_adds_is_refused(folder):
    checked = run_churn(folder, "check", "--source", "refused.parquet", "--mapping", "all.yml")
    assert checked.returncode == 2
    assert "a name that reading Parquet needs for itself. Rename it." in checked.stdout


@pytest.mark.parametrize("source", ["bank.csv", "bank.duckdb::customers"])
def test_they_can_be_kept_out(folder, source):
    mapping = yaml.safe_load((folder / "all.yml").read_text())
    del mapping["columns"]["a_rowid"]
    mapping["attributes"] = [one for one in mapping["attributes"] if one["name"] != "a_rowid"]
    mapping["keep_out"] = ["RowId"]
    (folder / "out.yml").write_text(yaml.safe_dump(mapping), encoding="utf-8")
    checked = run_churn(folder, "build", "--source", source, "--mapping", "out.yml")
    assert checked.returncode == 0, checked.stderr
    kept = query(folder / "work.duckdb", "select count(nullif(rowid_, '')) from raw_customers")
    assert kept == [(0,)]
