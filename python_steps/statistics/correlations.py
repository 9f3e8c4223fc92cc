"""Pearson's correlation of each pair of numbers, from customers in parts."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

_COLUMNS: dict[str, type] = {"attribute_a": str, "attribute_b": str, "pearson": float}


def pearson_correlations(
    parts: Iterable[pd.DataFrame], profiles: Sequence[Mapping[str, Any]]
) -> pd.DataFrame:
    """Pearson's correlation of each pair of attributes, over the customers who have both values.

    Args:
        parts: the customers in any number of parts, a column per attribute, NaN where missing.
        profiles: rows of ``int_attribute_moments`` of all customers, for the middle and the width
            of each attribute: sums of values near 0 and 1 lose no digits.

    Returns:
        A row per pair in the order of the columns: attribute_a, attribute_b, pearson; NaN where a
        value does not vary among those who have both.

    Source: Pearson (1896).
    """
    scales = {row["attribute"]: row for row in profiles}
    names: list[str] = []
    sums: list[NDArray[np.float64]] = []
    # Several threads would add in another order each time.
    with threadpool_limits(1):
        for part in parts:
            names = list(part.columns)
            values = part.to_numpy(np.float64)
            is_there = (~np.isnan(values)).astype(np.float64)
            middles = np.array([_middle(scales.get(name)) for name in names])
            widths = np.array([_width(scales.get(name)) for name in names])
            near = np.where(is_there > 0, (values - middles) / widths, 0.0)
            # Of each pair: how many have both, their sums, sums of squares and of products.
            added = [
                is_there.T @ is_there,
                near.T @ is_there,
                (near**2).T @ is_there,
                near.T @ near,
            ]
            sums = [one + more for one, more in zip(sums, added, strict=True)] if sums else added
    if not names:
        return pd.DataFrame(columns=list(_COLUMNS)).astype(_COLUMNS)
    count, total, squares, products = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = squares - total**2 / count
        together = products - total * total.T / count
        # What is left of equal values is rounding.
        is_flat = spread <= 1e-12 * squares
        found = np.where(is_flat | is_flat.T, np.nan, together / np.sqrt(spread * spread.T))
    rows = [
        (names[a], names[b], float(np.clip(found[a, b], -1, 1)))
        for a, b in combinations(range(len(names)), 2)
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def _middle(profile: Mapping[str, Any] | None) -> float:
    if not profile or not profile["value_count"]:
        return 0.0
    return float(profile["value_sum"]) / float(profile["value_count"])


def _width(profile: Mapping[str, Any] | None) -> float:
    return float((profile and profile["scale"]) or 1.0)
