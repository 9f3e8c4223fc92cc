"""How time and memory of a build grow with the attributes.

    python benchmarks/wide.py FOLDER ROWSxATTRIBUTES [ROWSxATTRIBUTES ...] [--kind mixed]
        [--memory-limit 4GB]

For each size, as in 10000x45, one after the other in fresh processes: a table is made in FOLDER
where it is not there yet, a mapping is drafted, and the build is measured, beside one of the
shipped sample. Who leaves depends on two of the last columns. Prints a row of a table for each, and
the models that took longest.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scale import PROJECT, measure, print_slowest

SEED = 8
KINDS = ("numbers", "nominal", "flags")


def table(rows: int, attributes: int, kind: str) -> pd.DataFrame:
    """Customers with so many attributes: numbers, six values and yes or no in turn, or one kind."""
    chance = np.random.default_rng([SEED, rows, attributes])
    columns: dict[str, np.ndarray] = {"customer_id": np.arange(rows) + 100_000}
    for number in range(attributes):
        one = KINDS[number % len(KINDS)] if kind == "mixed" else kind
        if one == "numbers" and number % 2:
            # Of every fourth customer it is nothing.
            amounts = np.round(chance.lognormal(7, 1, rows), 2)
            columns[f"amount_{number}"] = np.where(chance.random(rows) < 0.25, 0, amounts)
        elif one == "numbers":
            columns[f"times_{number}"] = chance.geometric(0.1, rows)
        elif one == "nominal":
            columns[f"plan_{number}"] = chance.choice([*"ABCDEF"], rows, p=[0.4, *[0.12] * 5])
        else:
            columns[f"has_{number}"] = chance.choice(["yes", "no"], rows, p=[0.3, 0.7])
    last = [pd.Series(values).rank(pct=True) for values in list(columns.values())[-3:]]
    risk = 0.12 + 0.35 * ((last[0] > 0.7) & (last[1] < 0.5)) + 0.1 * (last[2] > 0.6)
    columns["churned"] = (chance.random(rows) < risk).astype(int)
    return pd.DataFrame(columns)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sizes", nargs="*")
    parser.add_argument("--kind", default="mixed", choices=["mixed", *KINDS])
    parser.add_argument("--memory-limit", default="")
    options = parser.parse_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    churn = [sys.executable, "-m", "python_steps"]
    files = {
        "CHURN_WAREHOUSE": str(folder / "wide_work.duckdb"),
        "CHURN_PUBLISHED": str(folder / "wide.duckdb"),
        "CHURN_MEMORY_LIMIT": options.memory_limit,
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    print("| rows | attributes | wall s | CPU s | memory MB | times the sample |")
    print("|---|---|---|---|---|---|", flush=True)
    # The first one parses the project.
    measure([*churn, "build"], folder, **files)
    sample = measure([*churn, "build"], folder, **files)
    print(f"| the sample | 10 | {sample.wall:.1f} | {sample.cpu:.1f} | {sample.memory:,.0f} | 1 |")
    for size in options.sizes:
        rows, attributes = (int(one) for one in size.split("x"))
        name = f"wide_{options.kind}_{size}"
        source, mapping = folder / f"{name}.parquet", folder / f"{name}.yml"
        if not source.exists():
            made = table(rows, attributes, options.kind)
            with duckdb.connect() as connection:
                connection.from_df(made).write_parquet(str(source))
        mapping.unlink(missing_ok=True)
        drafted = [*churn, "mapping", "--source", str(source), "--outcome", "churned"]
        draft = subprocess.run(
            [*drafted, "--out", str(mapping)],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        if draft.returncode:
            raise SystemExit(draft.stderr)
        command = [*churn, "build", "--source", str(source), "--mapping", str(mapping)]
        used = measure(command, folder, **files)
        figures = f"{used.wall:.1f} | {used.cpu:.1f} | {used.memory:,.0f}"
        print(
            f"| {rows:,} | {attributes} | {figures} | {used.wall / sample.wall:.1f} |", flush=True
        )
        print_slowest(Path(files["CHURN_WAREHOUSE"]))


if __name__ == "__main__":
    main()
