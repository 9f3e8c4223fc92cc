"""Our search against pysubgroup's on the same selectors, objective and depth.

    python benchmarks/segment_search_speed.py WAREHOUSE [--mapping FILE] [--depth 3]
        [--limit SECONDS]

Both look for the conjunction with the highest weighted relative accuracy among all customers of a
build, with the conditions of the project's search, and must agree on it. A warehouse that was
built with a mapping, as those of `wide.py`, needs it here too.
pysubgroup needs an older NumPy, so the script makes an environment for it in a temporary folder.
It searches depth first on bit sets with its optimistic estimates, the fastest of its exhaustive
algorithms here. Reading the customers is not counted for either; summing the cells is counted for
ours. Where pysubgroup takes longer than the limit, it is stopped and the ratio is a lower bound.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

import numpy as np

PYSUBGROUP = "pysubgroup==0.9.0"


def ours(warehouse: Path, mapping: Path | None, depth: int, exchange: Path) -> dict[str, Any]:
    """Search the cells, and write the customers for the other side."""
    import duckdb
    import yaml

    from python_steps.common.relations import rows
    from python_steps.intake.mapping import read_mapping
    from python_steps.segments.axes import conjunction_count
    from python_steps.segments.cells import Cells
    from python_steps.segments.search import Limits, Within, search_segments
    from python_steps.segments.sums import Sums

    project = Path(__file__).resolve().parent.parent / "vars.yml"
    settings = yaml.safe_load(project.read_text(encoding="utf-8"))["vars"]
    if mapping is not None:
        settings |= read_mapping(mapping, settings).variables
    attributes = settings["attributes"]
    orders = ", ".join(f"{attribute['name']}_band_order" for attribute in attributes)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        table = connection.sql("from int_segment_cells").df()
        bands = rows(connection.sql("from int_bands"))
        customers = connection.sql(f"select {orders}, has_churned from int_customers_banded").df()
    started = time.perf_counter()
    cells = Cells.of(table, bands, settings)
    within = Within(Sums.of(cells.axes, cells.everybody, depth), Limits(1, 1.0), "leaving")
    (best,) = search_segments(within, objective="weighted_relative_accuracy", keep=1)
    seconds = time.perf_counter() - started
    selectors = []
    for axis in cells.axes:
        own = cells.band_orders[axis.attribute]
        for chosen in axis.selectors:
            selected = own[chosen == 1]
            selectors.append((axis.attribute, int(selected.min()), int(selected.max())))
    codes = {name.removesuffix("_band_order"): customers[name] for name in customers.columns}
    np.savez(exchange, selectors=json.dumps(selectors), **codes)
    return {
        "customers": len(customers),
        "cells": len(table),
        "conditions": len(selectors),
        "conjunctions": conjunction_count(cells.axes, depth),
        "seconds": seconds,
        "quality": best.quality,
        "rule": " and ".join(cells.axes[axis].names[one].sql for axis, one in best.selectors),
    }


def theirs(exchange: Path, depth: int) -> None:
    """Run in pysubgroup's environment: search the customers and print the result."""
    import pandas as pd
    import pysubgroup as ps

    with np.load(exchange) as stored:
        selectors = json.loads(str(stored["selectors"]))
        data = pd.DataFrame({name: stored[name] for name in stored.files if name != "selectors"})
    space = [ps.IntervalSelector(name, first, last + 1) for name, first, last in selectors]
    task = ps.SubgroupDiscoveryTask(
        data,
        ps.BinaryTarget("has_churned", True),
        space,
        result_set_size=1,
        depth=depth,
        qf=ps.WRAccQF(),
    )
    started = time.perf_counter()
    result = ps.DFS(ps.BitSetRepresentation).execute(task)
    seconds = time.perf_counter() - started
    ((quality, rule, *_),) = result.results
    print(json.dumps({"seconds": seconds, "quality": float(quality), "rule": str(rule)}))


def main() -> None:
    """Measure and print both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("--mapping", type=Path)
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--limit", type=float, default=7200)
    parser.add_argument("--theirs", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.theirs:
        theirs(given.warehouse, given.depth)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exchange = folder / "customers.npz"
        own = min(
            (ours(given.warehouse, given.mapping, given.depth, exchange) for _ in range(3)),
            key=lambda one: one["seconds"],
        )
        print(
            f"{own['customers']:,} customers in {own['cells']:,} cells, {own['conditions']} "
            f"conditions, {own['conjunctions']:,} conjunctions of up to {given.depth}\n"
            f"ours: {own['seconds']:.3f} s, quality {own['quality']:.6f}: {own['rule']}",
            flush=True,
        )
        venv.create(folder / "environment", with_pip=True)
        programs = "Scripts" if sys.platform == "win32" else "bin"
        python = folder / "environment" / programs / "python"
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", PYSUBGROUP], check=True, capture_output=True
        )
        command = [str(python), __file__, str(exchange), "--depth", str(given.depth), "--theirs"]
        try:
            finished = subprocess.run(
                command, check=True, stdout=subprocess.PIPE, text=True, timeout=given.limit
            )
        except subprocess.TimeoutExpired:
            ratio = given.limit / own["seconds"]
            print(f"pysubgroup: not done in {given.limit:.0f} s: more than {ratio:,.0f} times")
            return
        other = json.loads(finished.stdout.splitlines()[-1])
        print(
            f"pysubgroup: {other['seconds']:.1f} s, quality {other['quality']:.6f}: "
            f"{other['rule']}\nratio: {other['seconds'] / own['seconds']:,.0f}"
        )
        if abs(other["quality"] - own["quality"]) > 1e-6:
            sys.exit("The two disagree on the optimum.")


if __name__ == "__main__":
    main()
