"""Commands in forks of a process that has imported everything.

Most of a small build is imports. A test that is about the program itself, its processes or its
signals runs it as users do; all others ask here. A fork begins as a process of its own does, only
later: nothing of one command is left to the next.
"""

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def run(arguments: list[str], folder: Path, environment: dict[str, str]):
    """Run ``churn`` in a folder; the result is as that of ``subprocess.run``."""
    with tempfile.TemporaryDirectory() as said:
        files = {name: str(Path(said) / name) for name in ("stdout", "stderr")}
        request = {"arguments": arguments, "folder": str(folder), "environment": environment}
        parent = _parent()
        parent.stdin.write(json.dumps(request | files) + "\n")
        parent.stdin.flush()
        answer = parent.stdout.readline()
        if not answer:
            raise RuntimeError("the process that forks has ended")
        stdout, stderr = (Path(file).read_text(encoding="utf-8") for file in files.values())
    return subprocess.CompletedProcess(arguments, int(answer), stdout, stderr)


@cache
def _parent() -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )


def _serve() -> None:
    # What commands would import one after the other.
    import multiprocessing

    import python_steps.clusters.assignment
    import python_steps.clusters.choice
    import python_steps.job.build
    import python_steps.job.workers
    import python_steps.report.write
    import python_steps.segments.stability
    import python_steps.statistics.exploration
    import python_steps.statistics.family
    import python_steps.statistics.regression
    import python_steps.statistics.strata
    from python_steps.cli.program import program

    # Two more processes would import it all again.
    python_steps.job.workers.get_context = lambda _: multiprocessing.get_context("fork")
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            for number, name in enumerate(("stdout", "stderr"), start=1):
                file = os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(file, number)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.environ.clear()
            os.environ.update(request["environment"])
            os.chdir(request["folder"])
            sys.argv = [str(PROJECT / "python_steps" / "__main__.py"), *request["arguments"]]
            program()
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
