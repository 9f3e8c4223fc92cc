"""Steps in processes of their own."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future

import pytest

import python_steps.job.workers
from python_steps.common.errors import ChurnError
from python_steps.job.workers import apart, workers

from ..conftest import PROJECT

FAMILY = [{"name": "age", "type": "number"}]


def test_without_workers_a_step_runs_here():
    assert apart("statistics.corrections.holm", [0.01, 0.04]).tolist() == [0.02, 0.04]


def test_a_step_gives_and_raises_the_same_elsewhere():
    settings = {
        "attributes": FAMILY, "cluster_attributes": ["age"], "cluster_max": 3,
        "cluster_resamples": 1,
    }  # fmt: skip
    with workers():
        assert apart("clusters.features.clustered_attributes", settings) == FAMILY
        with pytest.raises(ChurnError, match="names incme; known are age"):
            apart(
                "clusters.features.clustered_attributes",
                {**settings, "cluster_attributes": ["incme"]},
            )
    assert apart("clusters.features.clustered_attributes", settings) == FAMILY


def test_a_worker_that_never_starts_is_named(monkeypatch):
    monkeypatch.setattr(python_steps.job.workers, "_pool", object())
    monkeypatch.setattr(python_steps.job.workers, "_started", [Future()])
    monkeypatch.setattr(python_steps.job.workers, "_PATIENCE", 0.01)
    with pytest.raises(ChurnError, match="No worker process was ready"):
        apart("statistics.corrections.holm", [0.1])


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
def test_no_process_is_left_behind_by_a_killed_build():
    script = (
        "import time\n"
        "from python_steps.job.workers import apart, workers\n"
        "if __name__ == '__main__':\n"
        "    with workers():\n"
        "        apart('statistics.corrections.holm', [0.1])\n"
        "        import multiprocessing\n"
        "        print(*[one.pid for one in multiprocessing.active_children()], flush=True)\n"
        "        time.sleep(60)\n"
    )
    file = PROJECT / "target" / f"apart_{os.getpid()}.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(script, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(file)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    try:
        children = [int(pid) for pid in process.stdout.readline().split()]
        assert children
        process.send_signal(signal.SIGKILL)
        process.wait()
        for _ in range(100):
            alive = [pid for pid in children if _is_alive(pid)]
            if not alive:
                return
            time.sleep(0.1)
        pytest.fail(f"still there: {alive}")
    finally:
        process.kill()
        file.unlink()


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie has ended; nobody has asked for its exit code yet.
    with open(f"/proc/{pid}/stat") as opened:  # noqa: PTH123
        return opened.read().rsplit(")", 1)[1].split()[0] != "Z"
