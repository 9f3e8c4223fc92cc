"""The files of a source are listed once, and the engine reads just these."""

import duckdb
import pytest

from ..conftest import SAMPLE, query, run_churn

HEADER, *ROWS = SAMPLE.read_text(encoding="utf-8").splitlines()[:201]


def write(folder, name, header, rows):
    (folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def test_a_file_that_begins_with_a_dot_is_none_of_a_glob(tmp_path):
    """The engine's own pattern would read it, unchecked."""
    write(tmp_path, "one.csv", HEADER, ROWS[:100])
    write(tmp_path, "two.csv", HEADER, ROWS[100:])
    fields = HEADER.split(",")
    swapped = ",".join([fields[1], fields[0], *fields[2:]])
    write(tmp_path, ".three.csv", swapped, ROWS[:50])
    finished = run_churn(tmp_path, "build", "--source", "*.csv")
    assert finished.returncode == 0, finished.stderr
    assert query(tmp_path / "churn.duckdb", "select rows_read from publication") == [(200,)]
    files = query(tmp_path / "work.duckdb", "select distinct churn_source_file from raw_customers")
    assert {name for (name,) in files} == {str(tmp_path / "one.csv"), str(tmp_path / "two.csv")}


def test_headers_are_compared_to_their_end(tmp_path):
    names = [f"a_column_with_a_rather_long_name_{number}" for number in range(200)]
    for name, last in (("one.csv", "b,c"), ("two.csv", "c,b")):
        write(tmp_path, name, ",".join([*HEADER.split(","), *names, last]), [])
    finished = run_churn(tmp_path, "check", "--source", "*.csv")
    assert finished.returncode == 2
    assert "begin with different lines" in finished.stdout


@pytest.mark.parametrize("names", [("part-0", "part-1"), ("a.parquet", "b.pq"), ("x.csv", "y.csv")])
def test_parquet_is_known_by_what_is_in_it(tmp_path, names):
    for number, name in enumerate(names):
        write(tmp_path, "rows.txt", HEADER, ROWS[number * 100 : number * 100 + 100])
        duckdb.sql(
            f"copy (from read_csv('{tmp_path / 'rows.txt'}', all_varchar = true, delim = ',')) "
            f"to '{tmp_path / name}' (format parquet)"
        )
    (tmp_path / "rows.txt").unlink()
    finished = run_churn(tmp_path, "check", "--source", "*")
    assert finished.returncode == 0, finished.stdout
    assert "200 rows, 200 of them customers" in finished.stdout


def test_files_of_two_kinds_are_refused(tmp_path):
    write(tmp_path, "one.csv", HEADER, ROWS)
    duckdb.sql(f"copy (select 1 as a) to '{tmp_path / 'two.csv'}' (format parquet)")
    finished = run_churn(tmp_path, "check", "--source", "*.csv")
    assert finished.returncode == 2
    assert "two.csv is Parquet and" in finished.stdout
