"""The published file is wholly the old one or wholly the new one."""

import subprocess
import sys

import duckdb
import pytest

from python_steps.errors import ChurnError
from python_steps.publish import publish

from .conftest import query

MARTS = ["figures", "publication"]


@pytest.fixture
def warehouse(tmp_path):
    file = tmp_path / "work.duckdb"
    fill(file, 1)
    return file


def fill(file, value):
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            f"""
            create or replace table publication as select {value} as version;
            create or replace view figures as select {value} as a, 'x' as "odd ""name";
            comment on view figures is 'One row: it''s a figure';
            comment on column figures.a is 'A figure';
            create or replace table int_private as select 1 as a
            """
        )


def test_publishes_marts_with_comments_for_older_drivers(tmp_path, warehouse):
    published = tmp_path / "churn.duckdb"
    publish(warehouse, published, MARTS)
    assert query(published, "show tables") == [("figures",), ("publication",)]
    assert query(published, "select * from figures") == [(1, "x")]
    assert query(published, "select comment from duckdb_tables() where table_name = 'figures'") == [
        ("One row: it's a figure",)
    ]
    assert query(published, "select comment from duckdb_columns() where column_name = 'a'") == [
        ("A figure",)
    ]
    assert query(
        published,
        "select tags['storage_version'] from duckdb_databases() where database_name = 'churn'",
    ) == [("v1.4.0+",)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["churn.duckdb", "work.duckdb"]


def test_readers_keep_their_file_and_new_ones_see_the_new(tmp_path, warehouse):
    published = tmp_path / "churn.duckdb"
    publish(warehouse, published, MARTS)
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for line in sys.stdin: print(c.execute('from publication').fetchall(), flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(published)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdin and reader.stdout
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "[(1,)]\n"
        fill(warehouse, 2)
        publish(warehouse, published, MARTS)
        assert query(published, "from publication") == [(2,)]
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "[(1,)]\n"
        reader.stdin.close()


def test_refuses_while_somebody_writes(tmp_path, warehouse):
    published = tmp_path / "churn.duckdb"
    publish(warehouse, published, MARTS)
    fill(warehouse, 2)
    (tmp_path / "churn.duckdb.wal").touch()
    with pytest.raises(ChurnError, match=r"churn\.duckdb\.wal exists: a program has"):
        publish(warehouse, published, MARTS)
    (tmp_path / "churn.duckdb.wal").unlink()
    assert query(published, "from publication") == [(1,)]


def test_a_failure_leaves_the_old_file_and_no_litter(tmp_path, warehouse):
    published = tmp_path / "churn.duckdb"
    publish(warehouse, published, MARTS)
    before = published.read_bytes()
    with pytest.raises(ChurnError, match="is as it was"):
        publish(warehouse, published, [*MARTS, "does_not_exist"])
    assert published.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["churn.duckdb", "work.duckdb"]


def test_a_left_over_of_a_killed_publication_is_no_obstacle(tmp_path, warehouse):
    for name in ("churn.duckdb.tmp", "churn.duckdb.tmp.wal"):
        (tmp_path / name).write_text("half written")
    publish(warehouse, tmp_path / "churn.duckdb", MARTS)
    assert query(tmp_path / "churn.duckdb", "from publication") == [(1,)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["churn.duckdb", "work.duckdb"]


def test_replaces_no_file_of_somebody_else(tmp_path, warehouse):
    foreign = tmp_path / "mine.duckdb"
    with duckdb.connect(str(foreign)) as connection:
        connection.execute("create table precious as select 1 as a")
    with pytest.raises(ChurnError, match=r"holds other tables \(precious\)"):
        publish(warehouse, foreign, MARTS)
    table = tmp_path / "customers.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(ChurnError, match="left as it is"):
        publish(warehouse, table, MARTS)
    assert query(foreign, "from precious") == [(1,)]
    assert table.read_text() == "a,b\n1,2\n"
