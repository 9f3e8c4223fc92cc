"""However a command ends, no copy of customers is left behind, and nothing runs on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from python_steps.common.progress import Size, write_times
from python_steps.common.scratch import scratch
from python_steps.intake.sample import write_sample

from ..conftest import churn_environment, run_churn

HOUR = 3600.0


def abandon(folder: Path, name: str, lock: str = ".churn_lock") -> Path:
    """A folder of customers as a killed process leaves it."""
    left = folder / name
    left.mkdir()
    (left / lock).touch()
    (left / "customers.csv").write_text("secret", encoding="utf-8")
    os.utime(left, (time.time() - HOUR,) * 2)
    return left


def test_what_killed_processes_left_is_removed_and_nothing_else(tmp_path):
    left = abandon(tmp_path, ".churn_source_old")
    foreign = abandon(tmp_path, ".churn_source_foreign", lock="not_ours")
    linked = abandon(tmp_path, "linked")
    (tmp_path / ".churn_source_link").symlink_to(linked)
    held = abandon(tmp_path, ".churn_source_held")
    young = abandon(tmp_path, ".churn_source_young")
    os.utime(young)
    with (
        FileLock(held / ".churn_lock"),
        scratch(tmp_path, ".churn_source_") as folder,
    ):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert not left.exists()
        for kept in (foreign, linked, held, young):
            assert (kept / "customers.csv").exists(), kept
    assert not folder.exists()


def _hear_signals():
    """The tests may run under nohup or in the background, where some signals are ignored."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_nothing_behind(tmp_path, number):
    """The table is in another encoding, so a copy of it exists while dbt works."""
    write_sample(3000, 1, tmp_path / "bank.csv")
    text = (tmp_path / "bank.csv").read_text(encoding="utf-8")
    (tmp_path / "bank.csv").write_bytes(text.encode("windows-1251"))
    with subprocess.Popen(
        [sys.executable, "-m", "python_steps", "build", "--source", "bank.csv",
         "--encoding", "windows-1251"],
        cwd=tmp_path,
        env=churn_environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_hear_signals,  # noqa: PLW1509
    ) as process:  # fmt: skip
        for _ in range(600):
            if list(tmp_path.glob(".churn_source_*/bank.csv")) and (tmp_path / "target").exists():
                break
            time.sleep(0.05)
        else:
            pytest.fail("no copy was made")
        time.sleep(1)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + number, stderr
    assert "Traceback" not in stderr and "Aborted!" in stderr
    left = {file.name for file in tmp_path.iterdir()}
    # The warehouse's own log, with what was not yet in it, belongs to the warehouse.
    own = {"work.duckdb", "work.duckdb.lock", "work.duckdb.wal"}
    assert left <= {"bank.csv", "target", "logs", *own}, left


def test_a_reader_of_the_warehouse_spoils_no_build(tmp_path):
    """Times for the next estimate are written after the publication, where they can be."""
    file = tmp_path / "work.duckdb"
    duckdb.connect(str(file)).close()
    reader = subprocess.Popen(
        [sys.executable, "-c",
         f"import duckdb; c = duckdb.connect({str(file)!r}, read_only=True);"
         "print('open', flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert reader.stdout.readline() == "open\n"
        write_times(file, {"node": (1.0, 1.0)}, Size(1, 1))
    finally:
        reader.communicate("\n")


def test_a_worker_that_dies_is_explained(tmp_path):
    """The step ends its process, as the system does where memory is short."""
    script = (
        "import os\n"
        "from python_steps.common.errors import ChurnError\n"
        "from python_steps.job import workers\n"
        "class Deadly:\n"
        "    def __reduce__(self):\n"
        "        return os._exit, (9,)\n"
        "if __name__ == '__main__':\n"
        "    with workers.workers():\n"
        "        try:\n"
        "            workers.apart('common.sql.quoted_text', Deadly())\n"
        "        except ChurnError as error:\n"
        "            print(error)\n"
    )
    file = tmp_path / "dies.py"
    file.write_text(script, encoding="utf-8")
    environment = churn_environment(tmp_path)
    finished = subprocess.run(
        [sys.executable, str(file)],
        env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert "A worker process ended in the middle" in finished.stdout, finished.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="limits address space as Linux does")
@pytest.mark.parametrize("kilobytes", [1_400_000])
def test_too_little_address_space_ends_with_a_message(tmp_path, kilobytes):
    finished = subprocess.run(
        f"ulimit -v {kilobytes}; exec {sys.executable} -m python_steps build",
        shell=True,
        cwd=tmp_path,
        env=churn_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert finished.returncode
    assert finished.stderr.strip()


def test_a_line_that_is_too_long_is_a_rejected_row(tmp_path):
    write_sample(300, 1, tmp_path / "bank.csv")
    lines = (tmp_path / "bank.csv").read_text(encoding="utf-8").splitlines()
    fields = lines[100].split(",")
    lines[100] = ",".join([*fields[:2], "x" * 2_100_000, *fields[3:]])
    (tmp_path / "bank.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    finished = run_churn(tmp_path, "check", "--source", "bank.csv")
    assert finished.returncode == 1
    assert "300 rows, 299 of them customers" in finished.stdout
    assert "malformed line: Maximum line size" in finished.stdout
    finished = run_churn(tmp_path, "build", "--source", "bank.csv")
    assert finished.returncode == 0, finished.stderr
    assert "1 rejected" in finished.stdout
