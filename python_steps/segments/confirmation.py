"""The test of each segment on the half of the customers that the search has not seen."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from python_steps.segments.cells import FOLDS
from python_steps.segments.rules import Direction
from python_steps.statistics.corrections import holm


def confirm_segments(counts: Sequence[Mapping[str, Any]], alpha: float) -> pd.DataFrame:
    """Test each segment on the confirmation half, which the search has not seen.

    The p-value is the exact chance that a random group of the segment's size holds at least (for
    loyal segments: at most) as many churners, and Holm's correction runs over all segments. The
    discovery half gets the same figures: there the p-values of discovered segments are
    optimistic, which is why the other half exists.

    Args:
        counts: rows of ``int_segment_counts``: segment_id, direction, fold, customers, churned,
            fold_customers, fold_churned.
        alpha: the family-wise error.

    Returns:
        A row per segment and fold: segment_id, fold, p_value, p_value_holm, is_confirmed. A
        p-value is NaN where the segment is empty in the fold.
    """
    table = pd.DataFrame(
        [(row["segment_id"], row["fold"], _p_value(row)) for row in counts],
        columns=["segment_id", "fold", "p_value"],
    ).astype({"segment_id": str, "fold": str, "p_value": float})
    table["p_value_holm"] = np.nan
    for fold in FOLDS:
        in_fold = table["fold"] == fold
        table.loc[in_fold, "p_value_holm"] = holm(table.loc[in_fold, "p_value"].to_numpy(float))
    table["is_confirmed"] = table["p_value_holm"] < alpha
    return table


def _p_value(row: Mapping[str, Any]) -> float:
    if not row["customers"]:
        return np.nan
    return one_sided_p_value(
        row["customers"],
        row["churned"],
        row["fold_customers"],
        row["fold_churned"],
        row["direction"],
    )


def one_sided_p_value(
    customers: int, churned: int, all_customers: int, all_churned: int, direction: Direction
) -> float:
    """The chance that a random group has at least (for loyal: at most) as many churners.

    Args:
        customers, churned: the group.
        all_customers, all_churned: what the group is a part of.
        direction: which side counts.

    Source: Fisher (1922), the one-sided exact test, through ``scipy.stats.hypergeom``.
    """
    if direction == "leaving":
        p_value = hypergeom.sf(churned - 1, all_customers, all_churned, customers)
    else:
        p_value = hypergeom.cdf(churned, all_customers, all_churned, customers)
    return min(1.0, float(p_value))
