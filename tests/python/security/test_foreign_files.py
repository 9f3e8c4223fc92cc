"""Nobody else's file is replaced or removed: ours is what carries our mark."""

import os

import duckdb
import pytest

from python_steps.common.errors import ChurnError
from python_steps.intake.sample import write_sample
from python_steps.job.marts import Mart
from python_steps.job.publish import publish

from ..conftest import query, run_churn


@pytest.fixture
def bank(tmp_path):
    """A bank's database, which has its customers in a schema of their own."""
    write_sample(200, 1, tmp_path / "bank.csv")
    with duckdb.connect(str(tmp_path / "bank.duckdb")) as connection:
        connection.execute("create schema crm")
        connection.execute(
            f"create table crm.customers as from read_csv('{tmp_path / 'bank.csv'}')"
        )
    return tmp_path / "bank.duckdb"


def customers(file):
    return query(file, "select count(*) from crm.customers")


@pytest.mark.parametrize("variable", ["CHURN_WAREHOUSE", "CHURN_PUBLISHED"])
@pytest.mark.parametrize("how", ["by name", "by a hard link", "by a symbolic link"])
def test_the_source_is_not_the_file_to_replace(bank, tmp_path, variable, how):
    named = bank if how == "by name" else tmp_path / "other.duckdb"
    if how == "by a hard link":
        os.link(bank, named)
    elif how == "by a symbolic link":
        named.symlink_to(bank)
    source = f"{bank}::crm.customers"
    finished = run_churn(tmp_path, "build", "--source", source, **{variable: str(named)})
    assert finished.returncode == 1
    assert f"{variable} and the source are the same file" in finished.stderr
    assert customers(bank) == [(200,)]


@pytest.mark.parametrize("variable", ["CHURN_WAREHOUSE", "CHURN_PUBLISHED"])
@pytest.mark.parametrize(
    "table", ["crm.precious", "publications", "publication", "raw_customers_2024", "raw_customers"]
)
def test_a_database_without_our_mark_is_left_alone(tmp_path, variable, table):
    write_sample(200, 1, tmp_path / "bank.csv")
    with duckdb.connect(str(tmp_path / "other.duckdb")) as connection:
        connection.execute("create schema crm")
        connection.execute(f"create table {table} as select 1 as a")
    finished = run_churn(tmp_path, "build", "--source", "bank.csv", **{variable: "other.duckdb"})
    assert finished.returncode == 1
    assert f"holds other tables ({table})" in finished.stderr
    assert "does not carry the mark" in finished.stderr
    assert query(tmp_path / "other.duckdb", f"from {table}") == [(1,)]
    assert not (tmp_path / "work.duckdb").exists() and not (tmp_path / "churn.duckdb").exists()


def test_a_file_that_changed_hands_while_a_build_ran_is_left_alone(tmp_path):
    """The published file is looked at again in the moment in which it is replaced."""
    with duckdb.connect(str(tmp_path / "work.duckdb")) as connection:
        connection.execute(
            "create table publication as select 'everything' as contents, 0 as minimum_cell, "
            "0::bigint as cells_suppressed"
        )
    with duckdb.connect(str(tmp_path / "churn.duckdb")) as connection:
        connection.execute("create table precious as select 1 as a")
    with pytest.raises(ChurnError, match="does not carry the mark"):
        publish(tmp_path / "work.duckdb", tmp_path / "churn.duckdb", [Mart("publication")])
    assert query(tmp_path / "churn.duckdb", "from precious") == [(1,)]


def test_a_made_up_table_overwrites_nothing(tmp_path):
    (tmp_path / "bank.csv").write_text("precious\n")
    finished = run_churn(tmp_path, "sample", "--rows", "10", "--out", "bank.csv")
    assert finished.returncode == 1
    assert "bank.csv could not be written: it exists. Name another file" in finished.stderr
    assert (tmp_path / "bank.csv").read_text() == "precious\n"
