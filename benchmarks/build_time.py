"""How long the whole build of the sample takes, against a dbt build of one trivial model.

    python benchmarks/build_time.py [ROUNDS]

Both run alternately in fresh processes, each after one unmeasured run that parses the project, so
that their ratio says more than their seconds on a noisy machine.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
TRIVIAL = {
    "dbt_project.yml": "name: trivial\nprofile: trivial\n",
    "profiles.yml": "trivial:\n  target: duckdb\n  outputs:\n"
    "    duckdb: {type: duckdb, path: trivial.duckdb, threads: 4}\n",
    "models/one.sql": "select 1 as one\n",
}


def seconds(command: list[str], folder: Path) -> float:
    """Run a command in a folder and return how long it took."""
    started = time.perf_counter()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CHURN_")}
    subprocess.run(
        command,
        cwd=folder,
        check=True,
        capture_output=True,
        env=environment
        | {"CHURN_WAREHOUSE": "work.duckdb", "CHURN_PUBLISHED": "churn.duckdb"}
        | {"DBT_TARGET_PATH": str(folder / "target"), "DBT_LOG_PATH": str(folder / "logs")},
    )
    return time.perf_counter() - started


def main(rounds: int) -> None:
    """Measure and print both."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in TRIVIAL.items():
            path = folder / "trivial" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        (folder / "whole").mkdir()
        jobs = {
            "one trivial model": ([str(PROGRAMS / "dbt"), "build"], folder / "trivial"),
            "whole build": ([sys.executable, "-m", "python_steps", "build"], folder / "whole"),
        }
        os.environ["PYTHONPATH"] = str(PROJECT)
        times: dict[str, list[float]] = {job: [] for job in jobs}
        for measured in [False] + [True] * rounds:
            for job, (command, where) in jobs.items():
                taken = seconds(command, where)
                if measured:
                    times[job].append(taken)
    for job, taken in times.items():
        print(f"{job}: median {statistics.median(taken):.1f} s of {rounds}")
    ratios = [
        whole / trivial
        for trivial, whole in zip(times["one trivial model"], times["whole build"], strict=True)
    ]
    print(f"ratio: median {statistics.median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
