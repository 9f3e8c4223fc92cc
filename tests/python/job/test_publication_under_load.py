"""BI tools query while the file is replaced, and processes are killed while they replace it.

The published files here are of random numbers, so that nothing compresses, and readers may hold
only a part of one in memory: they read from the disk all the time.
"""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from python_steps.common.settings import Settings
from python_steps.job.marts import Mart
from python_steps.job.plan import planned
from python_steps.job.publish import publish

from ..conftest import PROJECT, SAMPLE, churn_environment, query

MARTS = [Mart("noise"), Mart("publication")]
PUBLICATIONS = 20
READERS = 4
KILLS = 30
KILLED_BUILDS = 4

# Opens the file again and again; on each file it has open, every query must agree with it.
READER = """
import sys
from functools import partial
from pathlib import Path
import duckdb
from python_steps.common.databases import open_published
# So little memory that blocks are read again.
duckdb.connect = partial(duckdb.connect, config={"memory_limit": "48MB", "threads": 1})
file, last, opened, queries = sys.argv[1], 0, 0, 0
versions = set()
while last < int(sys.argv[2]):
    with open_published(Path(file)) as c:
        opened += 1
        (version,) = c.execute("select version from publication").fetchone()
        assert version >= last, f"version {version} after {last}"
        last = version
        versions.add(version)
        for _ in range(3):
            rows, low, high, total = c.execute(
                "select count(*), min(version), max(version), sum(a) from noise"
            ).fetchone()
            assert (low, high) == (version, version), f"{low} to {high} in version {version}"
            assert rows == int(sys.argv[3]), rows
            (expected,) = c.execute("select checksum from publication").fetchone()
            assert abs(total - expected) < 1e-3, (total, expected)
            queries += 1
print(opened, queries, len(versions))
"""

PUBLISHER = """
import sys
from pathlib import Path
from python_steps.job.marts import Mart
from python_steps.job.publish import publish
print("ready", flush=True)
sys.stdin.readline()
publish(Path(sys.argv[1]), Path(sys.argv[2]), [Mart("noise"), Mart("publication")])
"""


def fill(warehouse: Path, version: int, rows: int) -> None:
    """A warehouse of one version, with a checksum of its noise."""
    warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(
            f"create table noise as select {version} as version, random() as a, random() as b, "
            f"random() as c from range({rows})"
        )
        connection.execute(
            f"create table publication as select {version} as version, "
            "(select sum(a) from noise) as checksum, 'everything' as contents, "
            "0 as minimum_cell, 0::bigint as cells_suppressed"
        )


def whole_version(published: Path) -> int:
    """The version of a file, after a look at all of it."""
    ((version, checksum),) = query(published, "select version, checksum from publication")
    ((low, high, total),) = query(published, "select min(version), max(version), sum(a) from noise")
    assert low == high == version
    assert total == pytest.approx(checksum)
    return version


def test_readers_see_whole_versions_and_never_an_older_one(tmp_path):
    """Four readers through twenty publications of a file of 100 MB, each with 48 MB of memory."""
    rows = 5_000_000
    warehouses = [tmp_path / f"work_{number}.duckdb" for number in range(3)]
    published = tmp_path / "churn.duckdb"
    fill(warehouses[0], 1, rows)
    publish(warehouses[0], published, MARTS)
    assert published.stat().st_size > 90_000_000
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(published), str(PUBLICATIONS), str(rows)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(READERS)
    ]
    try:
        for version in range(2, PUBLICATIONS + 1):
            warehouse = warehouses[version % 3]
            fill(warehouse, version, rows)
            publish(warehouse, published, MARTS)
            for reader in readers:
                if reader.poll() not in (None, 0):
                    pytest.fail(reader.stderr.read())
        results = [reader.communicate(timeout=120) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
    for reader, (said, complained) in zip(readers, results, strict=True):
        assert reader.returncode == 0, complained
        opened, queries, versions = map(int, said.split())
        # They kept reading all the while, and saw more than the first and the last version.
        assert opened >= 3
        assert queries == 3 * opened
        assert versions >= 3


def test_a_killed_publication_leaves_the_old_file_or_the_new_one(tmp_path):
    """Killed at a random moment each time; what it leaves is no obstacle to the next."""
    warehouse, published = tmp_path / "work.duckdb", tmp_path / "churn.duckdb"
    fill(warehouse, 0, 1_000_000)
    started = time.perf_counter()
    publish(warehouse, published, MARTS)
    usual = time.perf_counter() - started
    moments = random.Random(20240229)
    old = killed = 0
    for number in range(1, KILLS + 1):
        fill(warehouse, number, 1_000_000)
        with subprocess.Popen(
            [sys.executable, "-c", PUBLISHER, str(warehouse), str(published)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
        ) as process:
            assert process.stdin and process.stdout
            assert process.stdout.readline() == "ready\n"
            process.stdin.write("\n")
            process.stdin.flush()
            time.sleep(moments.uniform(0, 1.2 * usual))
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        version = whole_version(published)
        assert version in (old, number)
        old = version
    assert killed > KILLS / 2
    fill(warehouse, 99, 1_000_000)
    publish(warehouse, published, MARTS)
    assert whole_version(published) == 99
    assert {path.name for path in tmp_path.iterdir()} == {
        "churn.duckdb", "churn.duckdb.lock", "work.duckdb"
    }  # fmt: skip


def churn_build(folder: Path) -> subprocess.Popen:
    """A build of the sample that runs on its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "python_steps", "build", "--source", str(SAMPLE)],
        cwd=folder,
        env=churn_environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_killed_build_leaves_the_published_file_and_can_be_repeated(tmp_path, sample_build):
    published = tmp_path / "churn.duckdb"
    shutil.copy(sample_build, published)
    before = query(published, "from publication")
    moments = random.Random(7)
    for _ in range(KILLED_BUILDS):
        with churn_build(tmp_path) as process:
            time.sleep(moments.uniform(2, 9))
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert query(published, "from publication") == before or process.returncode == 0
        before = query(published, "from publication")
        assert query(published, "select count(*) from customers") == [(10_000,)]
    with churn_build(tmp_path) as process:
        _, complained = process.communicate()
    assert process.returncode == 0, complained
    assert query(published, "from publication") != before


def test_a_warehouse_that_was_hardly_begun_is_ours(tmp_path):
    """As one of a build that was killed in its first moments: empty, or with the mark alone."""
    paths = {"CHURN_WAREHOUSE": "work.duckdb", "CHURN_PUBLISHED": "churn.duckdb"}
    settings = Settings.of(paths, tmp_path)
    for made in (
        "select 1",
        "create macro bank_churn_mark() as 'made by bank_churn'",
        "create table raw_customers__dbt_tmp as select 1 as a",
    ):
        with duckdb.connect(str(settings.warehouse)) as connection:
            connection.execute(made)
        with planned(settings, None) as plan:
            assert plan.settings.warehouse.exists()


def test_two_builds_at_once_do_not_harm_each_other(tmp_path):
    """Of two in the same warehouse the second says so."""
    with churn_build(tmp_path) as first:
        while not (tmp_path / "work.duckdb.lock").exists() and first.poll() is None:
            time.sleep(0.05)
        time.sleep(0.3)
        with churn_build(tmp_path) as second:
            _, complained = second.communicate()
        _, first_complained = first.communicate()
    assert first.returncode == 0, first_complained
    assert second.returncode == 1
    assert "work.duckdb is in use by another build. Wait for it" in complained
    assert "Traceback" not in complained
    assert query(tmp_path / "churn.duckdb", "select count(*) from customers") == [(10_000,)]
