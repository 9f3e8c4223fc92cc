"""The published file is wholly the old one or wholly the new one."""

import os
import re
import subprocess
import sys

import duckdb
import pytest

from python_steps.common.databases import open_published
from python_steps.common.errors import ChurnError
from python_steps.common.settings import Contents
from python_steps.job.locks import alone
from python_steps.job.marts import Mart
from python_steps.job.publish import publish

from ..conftest import PROJECT, query

MARTS = [Mart("figures"), Mart("publication")]


@pytest.fixture
def warehouse(tmp_path):
    file = tmp_path / "work.duckdb"
    fill(file, 1)
    return file


def files(folder) -> list[str]:
    """What lies in a folder, but for the empty locks by which builds take turns."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def fill(file, value):
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            f"""
            create or replace table publication as
            select {value} as version, 'everything' as contents, 0 as minimum_cell,
            0::bigint as cells_suppressed;
            create or replace view figures as select {value} as a, 'x' as "odd ""name";
            comment on view figures is 'One row: it''s a figure';
            comment on column figures.a is 'A figure';
            create or replace table int_private as select 1 as a
            """
        )


def test_a_file_replaced_while_it_is_opened_is_opened_again(tmp_path, warehouse, monkeypatch):
    """DuckDB takes the header of one file and the contents of the next, and sees nonsense."""
    whole, published = tmp_path / "whole.duckdb", tmp_path / "churn.duckdb"
    publish(warehouse, whole, MARTS)
    with duckdb.connect(str(warehouse)) as connection:
        # So large that its header points elsewhere.
        connection.execute(
            "create or replace view figures as select hash(range) as a from range(400_000)"
        )
    publish(warehouse, published, MARTS)
    header = published.read_bytes()[: 3 * 4096]
    published.write_bytes(header + whole.read_bytes()[len(header) :])
    with pytest.raises(duckdb.Error):
        open_published(published)

    opened = duckdb.connect

    def open_before_it_is_replaced(*args, **kwargs):
        try:
            return opened(*args, **kwargs)
        finally:
            if whole.exists():
                whole.replace(published)

    monkeypatch.setattr(duckdb, "connect", open_before_it_is_replaced)
    with open_published(published) as connection:
        assert connection.execute("select a from figures").fetchall() == [(1,)]


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
    assert files(tmp_path) == ["churn.duckdb", "work.duckdb"]


def test_readers_keep_their_file_and_new_ones_see_the_new(tmp_path, warehouse):
    published = tmp_path / "churn.duckdb"
    publish(warehouse, published, MARTS)
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True)\n"
        "q = 'select version from publication'\n"
        "for line in sys.stdin: print(c.execute(q).fetchall(), flush=True)"
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
        assert query(published, "select version from publication") == [(2,)]
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
    assert query(published, "select version from publication") == [(1,)]


def test_a_failure_leaves_the_old_file_and_no_litter(tmp_path, warehouse):
    published = tmp_path / "churn.duckdb"
    publish(warehouse, published, MARTS)
    before = published.read_bytes()
    with pytest.raises(ChurnError, match="is as it was"):
        publish(warehouse, published, [*MARTS, Mart("does_not_exist")])
    assert published.read_bytes() == before
    assert files(tmp_path) == ["churn.duckdb", "work.duckdb"]


def test_a_left_over_of_a_killed_publication_is_no_obstacle(tmp_path, warehouse):
    for name in ("churn.duckdb.tmp", "churn.duckdb.tmp.wal"):
        (tmp_path / name).write_text("half written")
    publish(warehouse, tmp_path / "churn.duckdb", MARTS)
    assert query(tmp_path / "churn.duckdb", "select version from publication") == [(1,)]
    assert files(tmp_path) == ["churn.duckdb", "work.duckdb"]


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


def test_publications_of_one_file_take_turns(tmp_path, warehouse):
    target = tmp_path / "churn.duckdb"
    script = (
        "import sys, time, pathlib; from python_steps.job.locks import alone\n"
        "with alone(pathlib.Path(sys.argv[1]), 'busy', 0): print('held', flush=True); "
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    ) as other:
        assert other.stdin and other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ChurnError, match="busy"), alone(target, "busy", 0):
            pass
        # A killed process holds nothing.
        other.kill()
        other.wait()
        publish(warehouse, target, MARTS)
    assert query(target, "select version from publication") == [(1,)]


def test_another_storage_version_can_be_asked_for(tmp_path, warehouse):
    publish(warehouse, tmp_path / "churn.duckdb", MARTS, Contents(storage_version="v1.5.0"))
    ((version,),) = query(
        tmp_path / "churn.duckdb",
        "select tags['storage_version'] from duckdb_databases() where database_name = 'churn'",
    )
    assert version.startswith("v1.5")
    with pytest.raises(ChurnError, match=r"could not be written.*nonsense"):
        publish(warehouse, tmp_path / "x.duckdb", MARTS, Contents(storage_version="nonsense"))
    assert not (tmp_path / "x.duckdb").exists()


# In a process of its own: with a limit on the size of files, or as a user who may only read.
HINDERED = """
import os, resource, sys
from pathlib import Path
from python_steps.common.errors import ChurnError
from python_steps.job.marts import Mart
from python_steps.job.publish import publish

obstacle, warehouse, published = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
if obstacle == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
else:
    published.parent.chmod(0o555)
    if os.getuid() == 0:
        os.setuid(65534)
try:
    publish(warehouse, published, [Mart("figures"), Mart("publication"), Mart("large")])
except ChurnError as error:
    sys.exit(f"said: {error}")
"""


@pytest.mark.skipif(os.name != "posix", reason="limits and users are those of POSIX")
@pytest.mark.parametrize("obstacle", ["full", "read-only"])
def test_what_cannot_be_written_leaves_the_old_file_and_no_litter(tmp_path, warehouse, obstacle):
    folder = tmp_path / "target"
    folder.mkdir()
    published = folder / "churn.duckdb"
    publish(warehouse, published, MARTS)
    before = published.read_bytes()
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table large as select random() as a from range(2_000_000)")
    for path in (tmp_path, *tmp_path.parents[:3]):
        path.chmod(0o755)
    finished = subprocess.run(
        [sys.executable, "-c", HINDERED, obstacle, str(warehouse), str(published)],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
    )
    folder.chmod(0o755)
    assert finished.returncode == 1
    assert re.fullmatch(r"said: .* (could|cannot) (not )?be written.*\n", finished.stderr, re.S)
    assert "Traceback" not in finished.stderr
    assert published.read_bytes() == before
    assert files(folder) == ["churn.duckdb"]
