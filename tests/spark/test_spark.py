"""Spark on two workers makes what DuckDB makes; `make test-spark` installs what this needs.

A standalone master and two workers of one core each run on loopback.
"""

import contextlib
import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyspark
import pytest

from python_steps.intake.sample import write_sample
from tests.python.conftest import churn_environment, query, run_churn

ROWS, FILES = 40_000, 4
SPARK = Path(pyspark.__file__).parent
TABLES = ["customers", "customer_segments", "customer_clusters", "customer_actions"]


def _free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@dataclass
class Cluster:
    """A master and two workers; the event logs of what runs there."""

    folder: Path
    master: str
    worker_pages: list[int]
    processes: list[subprocess.Popen]

    @property
    def environment(self):
        return {
            "SPARK_CONF_DIR": str(self.folder / "conf"),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "CHURN_SPARK_MASTER": self.master,
        }

    def tasks(self):
        """For each application, how many tasks ended well on each worker, by its page's port."""
        found = {}
        for log in self.folder.glob("events/**/*"):
            if log.is_dir() or log.name.startswith((".", "appstatus")):
                continue
            workers, ended = {}, {}
            for line in log.read_text(encoding="utf-8").splitlines():
                # A line that is being written is none yet.
                with contextlib.suppress(json.JSONDecodeError):
                    event = json.loads(line)
                    if event["Event"] == "SparkListenerExecutorAdded":
                        page = event["Executor Info"]["Log Urls"]["stdout"]
                        workers[event["Executor ID"]] = int(page.split(":")[2].split("/")[0])
                    elif (
                        event["Event"] == "SparkListenerTaskEnd"
                        and event["Task End Reason"]["Reason"] == "Success"
                    ):
                        worker = workers.get(event["Task Info"]["Executor ID"])
                        ended[worker] = ended.get(worker, 0) + 1
            found[log.name] = ended
        return found

    def start(self, *arguments, **environment):
        log = (self.folder / f"{arguments[0].rsplit('.', 1)[1]}-{len(self.processes)}.log").open(
            "w"
        )
        process = subprocess.Popen(
            [str(SPARK / "bin" / "spark-class"), *arguments],
            env={**os.environ, **self.environment, "SPARK_HOME": str(SPARK), **environment},
            cwd=self.folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A group of its own, so that a worker is killed with its executors.
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def kill(self, process):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def cluster(tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "events").mkdir()
    (tmp_path / "conf" / "spark-defaults.conf").write_text(
        "spark.eventLog.enabled true\n"
        f"spark.eventLog.dir file://{tmp_path}/events\n"
        "spark.eventLog.rolling.enabled false\n"
        "spark.eventLog.compress false\n"
        "spark.executor.memory 1g\n"
        "spark.executor.cores 1\n"
        "spark.driver.host 127.0.0.1\n"
        "spark.ui.enabled false\n"
        # Small data would otherwise end in one task.
        "spark.sql.adaptive.coalescePartitions.enabled false\n"
        "spark.sql.shuffle.partitions 4\n",
        encoding="utf-8",
    )
    port = _free_port()
    found = Cluster(tmp_path, f"spark://127.0.0.1:{port}", [_free_port(), _free_port()], [])
    package = "org.apache.spark.deploy"
    try:
        found.start(
            f"{package}.master.Master", "--host", "127.0.0.1", "--port", str(port),
            "--webui-port", str(_free_port()),
        )  # fmt: skip
        for number, page in enumerate(found.worker_pages):
            found.start(
                f"{package}.worker.Worker", "--host", "127.0.0.1", "--cores", "1",
                "--memory", "1g", "--webui-port", str(page),
                "--work-dir", str(tmp_path / f"worker{number}"), found.master,
            )  # fmt: skip
        logs = tmp_path / "Master-0.log"
        for _ in range(60):
            # A worker may register more than once.
            if len({*re.findall(r"Registering worker (\S+)", logs.read_text())}) == 2:
                break
            time.sleep(1)
        else:
            pytest.fail(logs.read_text())
        yield found
    finally:
        for process in found.processes:
            found.kill(process)


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """The customers in several files, so that several tasks have work, and DuckDB's build."""
    folder = tmp_path_factory.mktemp("bank")
    write_sample(ROWS, 5, folder / "all.parquet")
    with duckdb.connect() as connection:
        for number in range(FILES):
            connection.execute(
                f"copy (select * exclude (file_row_number) from read_parquet("
                f"'{folder}/all.parquet', file_row_number = true) "
                f"where file_row_number % {FILES} = {number}) to '{folder}/part{number}.parquet'"
            )
        # A row twice, one without an outcome, and names that quotes and escapes could bend.
        connection.execute(
            f"copy (select * replace (case when USERID % 7 = 0 then 'L''Aquila \\ \"x\"' else city "
            f"end as city, case when USERID % 997 = 0 then null else churn end as churn) "
            f"from '{folder}/part0.parquet' union all (from '{folder}/part1.parquet' limit 1)) "
            f"to '{folder}/part0.new' (format parquet)"
        )
    (folder / "part0.new").replace(folder / "part0.parquet")
    finished = run_churn(folder, "build", "--source", "part*.parquet")
    assert finished.returncode == 0, finished.stderr
    return folder


def compared(bank, folder):
    """Every published table, and what Spark assigned, against DuckDB's own build."""
    expected, published = bank / "churn.duckdb", folder / "churn.duckdb"
    tables = [table for (table,) in query(expected, "show tables")]
    assert tables == [table for (table,) in query(published, "show tables")]
    for table in tables:
        if table != "publication":
            assert_equal(table, rows_of(expected, table), rows_of(published, table))
    for table in TABLES:
        columns = ", ".join(name for name, *_ in query(expected, f"describe {table}"))
        written = f"read_parquet('{folder}/spark/warehouse/churn.db/{table}/*.parquet')"
        with duckdb.connect() as connection:
            found = connection.execute(f"select {columns} from {written} order by all").fetchall()
        assert_equal(table, rows_of(expected, table), found)


def rows_of(file, table):
    return query(file, f"select * from {table} order by all")


def assert_equal(table, expected, found):
    assert len(expected) == len(found), table
    for one, other in zip(expected, found, strict=True):
        for value, same in zip(one, other, strict=True):
            if isinstance(value, float) and isinstance(same, float):
                assert math.isclose(value, same, rel_tol=1e-12, abs_tol=1e-12), (table, one, other)
            else:
                assert value == same, (table, one, other)


def test_spark_makes_what_duckdb_makes(bank, cluster, tmp_path):
    finished = run_churn(
        tmp_path, "build", "--source", str(bank / "part*.parquet"), "--spark", "spark",
        **cluster.environment,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    compared(bank, tmp_path)
    # Two applications, cleaning and assigning; both workers had a part in each.
    tasks = cluster.tasks()
    assert len(tasks) == 2
    for ended in tasks.values():
        assert set(ended) == set(cluster.worker_pages), tasks


def test_a_killed_worker_changes_nothing(bank, cluster, tmp_path):
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "python_steps", "build"),
            *("--source", str(bank / "part*.parquet"), "--spark", "spark"),
        ],
        cwd=tmp_path,
        env={**churn_environment(tmp_path), **cluster.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        victim = cluster.worker_pages[1]
        for _ in range(600):
            done = [ended.get(victim, 0) for ended in cluster.tasks().values()]
            if done and done[0] >= 5:
                break
            assert process.poll() is None, process.communicate()
            time.sleep(0.5)
        cluster.kill(cluster.processes[2])
        assert process.poll() is None
        _, said = process.communicate(timeout=900)
    finally:
        process.kill()
    assert process.returncode == 0, said
    compared(bank, tmp_path)
    first, *_ = cluster.tasks().values()
    assert first[cluster.worker_pages[0]] > 0


@pytest.mark.parametrize(
    ("source", "folder", "said"),
    [
        ("bank.csv", "spark", "Spark reads Parquet"),
        ("bank.parquet", "full", "holds other files"),
    ],
)
def test_what_spark_cannot_take_is_said(tmp_path, source, folder, said):
    (tmp_path / "bank.csv").write_text("a,b\n1,2\n")
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 1 as a) to '{tmp_path}/bank.parquet'")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    finished = run_churn(tmp_path, "build", "--source", source, "--spark", folder)
    assert finished.returncode == 1
    assert said in finished.stderr and "Traceback" not in finished.stderr
    assert (tmp_path / "full" / "mine.txt").exists()
