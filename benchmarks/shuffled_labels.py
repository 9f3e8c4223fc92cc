"""How often a segment is confirmed where nobody leaves for a reason.

    python benchmarks/shuffled_labels.py WAREHOUSE [SHUFFLES] [--settings]

The churn labels of a built table are shuffled over all its customers, the whole search runs on the
discovery half, and its segments are tested on the confirmation half. In at most 5% of the shuffles
may any be said to leave, or stay, more than all, within the binomial margin; fewer are confirmed,
which asks for the minimum lift.

With --settings an analyst tries eight settings on each shuffle and keeps what any of them says; the
corrected p-values count the lists that have been tested.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import yaml
from scipy.stats import binom

from python_steps.common.relations import rows
from python_steps.segments.cells import FOLDS
from python_steps.segments.confirmation import confirm_segments
from python_steps.segments.extent import search_extent
from python_steps.segments.find import find_risk_segments
from python_steps.segments.tested_lists import known_lists

PROJECT = Path(__file__).resolve().parent.parent
ALPHA = 0.05


def settings() -> dict[str, Any]:
    """The vars of the project, without named segments."""
    text = (PROJECT / "vars.yml").read_text(encoding="utf-8")
    variables: dict[str, Any] = yaml.safe_load(text)["vars"]
    return {**variables, "named_segments": []}


def read(warehouse: Path) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """The cells and the bands of a build."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.sql("from int_segment_cells").df(), rows(connection.sql("from int_bands"))


def shuffled(table: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """The cells with the labels dealt anew to all customers of both halves."""
    customers = np.concatenate([table[f"{fold}_customers"] for fold in FOLDS]).astype(np.int64)
    churned = sum(int(table[f"{fold}_churned"].sum()) for fold in FOLDS)
    dealt = random.multivariate_hypergeometric(customers, churned, method="marginals")
    halves = dict(zip(FOLDS, np.split(dealt.astype(float), 2), strict=True))
    return table.assign(**{f"{fold}_churned": half for fold, half in halves.items()})


SETTINGS: Sequence[Mapping[str, Any]] = (
    {},
    {"max_conditions": 2},
    {"max_conditions": 4},
    {"segment_min_lift": 1.2},
    {"segment_min_customers": 200},
    {"segment_condition_cost": 0.0},
    {"segment_objectives": ["lift"]},
    {"segment_objectives": ["weighted_relative_accuracy"], "segment_min_lift": 1.1},
)


def tried(
    table: pd.DataFrame,
    bands: Sequence[Mapping[str, Any]],
    variables: Mapping[str, Any],
    settings: Sequence[Mapping[str, Any]],
) -> tuple[int, int, int]:
    """How many segments all settings list, how many differ from all, and how many are confirmed."""
    totals, lists = np.zeros(3, dtype=int), list[dict[str, Any]]()
    for changed in settings:
        counts, lists = searched(table, bands, {**variables, **changed}, lists)
        lift = {**variables, **changed}["segment_min_lift"]
        tested = confirm_segments(counts, ALPHA, lift, lists)
        differ = int((tested["overall_p_value_holm"] < ALPHA).sum())
        totals += len(counts), differ, int(tested["is_confirmed"].sum())
    segments, differ, confirmed = totals.tolist()
    return segments, differ, confirmed


def searched(
    table: pd.DataFrame,
    bands: Sequence[Mapping[str, Any]],
    variables: Mapping[str, Any],
    earlier: Sequence[Mapping[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The counts of the segments that the search lists, and all lists with this one."""
    extent = search_extent(table, bands, variables).to_dict("records")
    found = find_risk_segments(table, bands, [], extent, variables)
    found = found[found["search_rank"].notna()]
    fold_customers = int(table["confirmation_customers"].sum())
    fold_churned = int(table["confirmation_churned"].sum())
    counts = [
        {
            "segment_id": row["segment_id"],
            "origin": "discovered",
            "direction": row["direction"],
            "fold": "confirmation",
            "customers": row["confirmation_customers"],
            "churned": row["confirmation_churned"],
            "fold_customers": fold_customers,
            "fold_churned": fold_churned,
        }
        for row in found.to_dict("records")
    ]
    lists = known_lists(counts, variables["segment_min_lift"], earlier).to_dict("records")
    return counts, lists


def main(warehouse: Path, shuffles: int, settings_tried: Sequence[Mapping[str, Any]]) -> None:
    """Measure and print."""
    table, bands = read(warehouse)
    random, variables = np.random.default_rng(20240229), settings()
    runs = [
        tried(shuffled(table, random), bands, variables, settings_tried) for _ in range(shuffles)
    ]
    any_differs = sum(one > 0 for _, one, _ in runs)
    any_confirmed = sum(one > 0 for *_, one in runs)
    most = int(binom.ppf(0.999, shuffles, ALPHA))
    print(
        f"{shuffles} shuffles: {np.mean([one for one, *_ in runs]):.1f} segments found in each, "
        f"any differs from all in {any_differs}, any confirmed in {any_confirmed}; at 5%, {most} "
        "or fewer in 999 of 1000 cases"
    )


if __name__ == "__main__":
    given = [one for one in sys.argv[1:] if one != "--settings"]
    main(
        Path(given[0]),
        int(given[1]) if len(given) > 1 else 100,
        SETTINGS if "--settings" in sys.argv else SETTINGS[:1],
    )
