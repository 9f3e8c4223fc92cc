"""How time and memory of a build grow with the customers, beside what an analyst would write.

    python benchmarks/scale.py FOLDER ROWS [ROWS ...] [--without-pandas] [--memory-limit 4GB]

For each number of rows, one after the other in fresh processes: the floor (one scan of the same
columns by DuckDB), `churn build`, and `pandas_pipeline.py`. The samples are made in FOLDER where
they are not there yet. Prints a row of a table for each, and the models that took longest.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from python_steps.common.progress import TABLE

PROJECT = Path(__file__).resolve().parent.parent
SEED = 8
FLOOR = """
import duckdb, sys
connection = duckdb.connect()
table = f"read_parquet('{sys.argv[1]}')"
columns = connection.execute(f"describe select * from {table}").fetchall()
# Every value is looked at; a maximum would come from the file's statistics.
read = ", ".join(f'bit_xor(hash("{name}"))' for name, *_ in columns)
connection.execute(f"select {read} from {table}").fetchall()
"""


@dataclass(frozen=True)
class Used:
    """What a process and its children used: seconds, and MB at their peak together."""

    wall: float
    cpu: float
    memory: float


def measure(command: list[str], folder: Path, **environment: str) -> Used:
    """Run a command and return what it used; the memory is looked at ten times a second."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("CHURN_")}
    before = os.times()
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=clean | {"PYTHONPATH": str(PROJECT)} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak = 0.0

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            peak = max(peak, _resident(process.pid))
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, said = process.communicate()
    watcher.join()
    wall = time.perf_counter() - started
    after = os.times()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{said[-2000:]}")
    cpu = after.children_user - before.children_user + after.children_system
    return Used(wall, cpu - before.children_system, peak)


def print_slowest(warehouse: Path) -> None:
    """Print the models that took longest in the last build."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        slowest = connection.execute(
            f"select node, seconds from {TABLE} order by seconds desc limit 12"
        ).fetchall()
    print("  " + ", ".join(f"{node} {seconds:.1f}" for node, seconds in slowest), flush=True)


def _resident(pid: int) -> float:
    """The resident memory of a process and its children in MB; pages they share count for each."""
    total = 0.0
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                total = int(line.split()[1]) / 1024
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                total += _resident(int(child))
    except OSError:
        # It has just ended.
        return total
    return total


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("rows", type=int, nargs="+")
    parser.add_argument("--without-pandas", action="store_true")
    parser.add_argument("--memory-limit", default="")
    options = parser.parse_args()
    folder = options.folder.resolve()
    print("| rows | job | wall s | CPU s | memory MB |\n|---|---|---|---|---|", flush=True)
    for rows in options.rows:
        sample = folder / f"sample_{rows}.parquet"
        churn = [sys.executable, "-m", "python_steps"]
        if not sample.exists():
            arguments = ["sample", "--rows", str(rows), "--seed", str(SEED), "--out", str(sample)]
            subprocess.run([*churn, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=PROJECT)
        warehouse = folder / "scale_work.duckdb"
        jobs = {
            "floor: one scan": [sys.executable, "-c", FLOOR, str(sample)],
            "churn build": [*churn, "build", "--source", str(sample)],
            "pandas pipeline": [
                sys.executable,
                str(PROJECT / "benchmarks" / "pandas_pipeline.py"),
                str(sample),
                str(folder / "scale_pandas.parquet"),
            ],
        }
        if options.without_pandas:
            del jobs["pandas pipeline"]
        for job, command in jobs.items():
            used = measure(
                command,
                folder,
                CHURN_WAREHOUSE=str(warehouse),
                CHURN_PUBLISHED=str(folder / "scale.duckdb"),
                CHURN_MEMORY_LIMIT=options.memory_limit,
                DBT_TARGET_PATH=str(folder / "target"),
                DBT_LOG_PATH=str(folder / "logs"),
            )
            figures = f"{used.wall:.1f} | {used.cpu:.1f} | {used.memory:,.0f}"
            print(f"| {rows:,} | {job} | {figures} |", flush=True)
        print_slowest(warehouse)


if __name__ == "__main__":
    main()
