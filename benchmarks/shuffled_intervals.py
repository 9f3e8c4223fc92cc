"""How often an interval of values is confirmed where nobody leaves for a reason.

    python benchmarks/shuffled_intervals.py WAREHOUSE [SHUFFLES]

The churn labels of a built table are shuffled over all its customers, intervals are found on the
discovery half, and tested on the confirmation half. In at most 5% of the shuffles may any be
confirmed, within the binomial margin.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.stats import binom

from python_steps.common.attributes import ORDERED_TYPES
from python_steps.common.relations import rows
from python_steps.segments.intervals import risk_intervals

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Customers:
    """The customers of a build.

    Attributes:
        counts: rows of ``int_value_counts``.
        places: shape (attributes, customers), each customer's row of them.
        in_discovery, churned: shape (customers,).
        variables: the vars of the project.
    """

    counts: Sequence[Mapping[str, Any]]
    places: NDArray[np.int64]
    in_discovery: NDArray[np.bool_]
    churned: NDArray[np.bool_]
    variables: Mapping[str, Any]


def read(warehouse: Path) -> Customers:
    """The customers of a build of the sample or of a table with its attributes."""
    text = (PROJECT / "vars.yml").read_text(encoding="utf-8")
    variables: dict[str, Any] = yaml.safe_load(text)["vars"]
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        counts = rows(connection.sql("from int_value_counts"))
        customers = connection.sql("from int_customers_accepted").df()
    places = []
    for attribute in variables["attributes"]:
        own = [n for n, row in enumerate(counts) if row["attribute"] == attribute["name"]]
        values = customers[attribute["name"]]
        missing = next((n for n in own if counts[n]["step"] is None and counts[n]["value"] is None),
                       own[0])  # fmt: skip
        if attribute["type"] in ORDERED_TYPES:
            known = [n for n in own if counts[n]["step"] is not None]
            steps = np.array([counts[n]["step"] for n in known])
            at = np.searchsorted(steps, values.astype(float).to_numpy(), side="right") - 1
            found = np.array(known)[np.clip(at, 0, len(known) - 1)]
        else:
            words = {True: "yes", False: "no"}
            of = {counts[n]["value"]: n for n in own}
            found = np.array([of.get(words.get(value, value), missing) for value in values])
        places.append(np.where(values.isna(), missing, found))
    return Customers(
        counts,
        np.array(places),
        (customers["fold"] == "discovery").to_numpy(),
        customers["has_churned"].astype(bool).to_numpy(),
        variables,
    )


def found(customers: Customers, churned: NDArray[np.bool_]) -> tuple[int, int]:
    """How many intervals are found and how many are confirmed, with some labels."""
    names = ("discovery_customers", "discovery_churned", "confirmation_customers",
             "confirmation_churned")  # fmt: skip
    halves = (customers.in_discovery, ~customers.in_discovery)
    masks = [mask for half in halves for mask in (half, half & churned)]
    counted = {
        name: sum(
            np.bincount(places[mask], minlength=len(customers.counts))
            for places in customers.places
        )
        for name, mask in zip(names, masks, strict=True)
    }
    table = [
        {**row, **{name: int(counted[name][n]) for name in names}}
        for n, row in enumerate(customers.counts)
    ]
    intervals = risk_intervals(table, customers.variables["attributes"], customers.variables)
    return len(intervals), int(intervals["is_confirmed"].sum())


def shuffles(customers: Customers, times: int, seed: int) -> Iterator[tuple[int, int]]:
    """What is found with labels dealt anew, so many times."""
    random = np.random.default_rng(seed)
    for _ in range(times):
        yield found(customers, random.permutation(customers.churned))


def main(warehouse: Path, times: int) -> None:
    """Measure and print."""
    customers = read(warehouse)
    runs = list(shuffles(customers, times, 20240229))
    most = int(binom.ppf(0.999, times, customers.variables["alpha"]))
    print(
        f"{times} shuffles: {np.mean([one for one, _ in runs]):.2f} intervals found in each, any "
        f"confirmed in {sum(one > 0 for _, one in runs)}; at 5%, {most} or fewer in 999 of 1000 "
        "cases"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100)
