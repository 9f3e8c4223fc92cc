"""What the customers look like: one attribute at a time, and in pairs."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from python_steps.common.attributes import ORDERED_TYPES, OUTCOME, by_attribute
from python_steps.statistics.cells import BandCodes, in_order, sum_tables
from python_steps.statistics.contingency import cramers_v
from python_steps.statistics.corrections import holm
from python_steps.statistics.outcome import NAN
from python_steps.statistics.proportions import fisher_p_value

Row = Mapping[str, Any]

GROUPS = ("all", "left", "stayed")
SUMMARIES = (
    "mean", "standard_deviation", "skewness", "minimum", "quantile_05", "quantile_25",
    "quantile_50", "quantile_75", "quantile_95", "maximum",
)  # fmt: skip
PROFILE_COLUMNS: dict[str, type] = {
    "attribute": str, "customer_group": str, "customers": int, "present": int, "missing": int,
    "missing_share": float, "missing_churn_rate": float, "present_churn_rate": float,
    "missing_p_value_holm": float, "missing_is_informative": bool,
    **dict.fromkeys(SUMMARIES, float),
    "most_frequent_value": str, "most_frequent_share": float,
}  # fmt: skip
# Values of three digits at most are counted as they are.
EXACT_BELOW = 1_000
ASSOCIATION_COLUMNS: dict[str, type] = {
    "attribute_a": str, "attribute_b": str, "customers": int, "cramers_v": float,
    "cramers_v_corrected": float, "spearman": float, "correlation_ratio": float,
}  # fmt: skip


def attribute_profiles(
    attributes: Sequence[Row],
    moments: Sequence[Row],
    churn_rates: Sequence[Row],
    value_counts: Sequence[Row],
    alpha: float,
) -> pd.DataFrame:
    """Describe each attribute, for all customers and for those who left and stayed.

    That a value is missing is informative where customers without it leave at another rate than
    those with it: Fisher's exact test, with Holm's correction over the attributes.

    Args:
        attributes: the var ``attributes``.
        moments: rows of ``int_attribute_moments``.
        churn_rates: rows of ``churn_rates``.
        value_counts: rows of ``int_value_counts``, for the most frequent value of whole numbers.
        alpha: the family-wise error.

    Returns:
        A row per attribute and group with the columns of the ``attribute_profiles`` mart.
    """
    summaries = {(row["attribute"], row["customer_group"]): row for row in moments}
    values_of = by_attribute(value_counts)
    rows = []
    for attribute in attributes:
        name = attribute["name"]
        bands = [row for row in churn_rates if row["attribute"] == name]
        counted = {
            "all": {row["band"]: row["customers"] for row in bands},
            "left": {row["band"]: row["churned"] for row in bands},
            "stayed": {row["band"]: row["customers"] - row["churned"] for row in bands},
        }
        missing_band = next((row["band"] for row in bands if row["band_order"] == 0), None)
        for group in GROUPS:
            customers = sum(counted[group].values())
            missing = counted[group].get(missing_band, 0)
            row = {
                "attribute": name,
                "customer_group": group,
                "customers": customers,
                "present": customers - missing,
                "missing": missing,
                "missing_share": missing / customers if customers else NAN,
                "most_frequent_value": "",
            }
            if group == "all":
                row |= _missing_and_churn(missing, customers, counted["left"], missing_band)
            if attribute["type"] in ORDERED_TYPES and (name, group) in summaries:
                row |= _summary(summaries[name, group])
                if attribute["type"] == "integer":
                    row |= _most_frequent(values_of[name], group)
            elif attribute["type"] not in ORDERED_TYPES:
                values = {
                    band: count for band, count in counted[group].items() if band != missing_band
                }
                if any(values.values()):
                    # The bands are in order of frequency, so that the first of equals wins.
                    frequent = max(values, key=lambda band: values[band])
                    row["most_frequent_value"] = frequent
                    row["most_frequent_share"] = values[frequent] / sum(values.values())
            rows.append(row)
    columns = [name for name in PROFILE_COLUMNS if name != "missing_is_informative"]
    profiles = pd.DataFrame(rows, columns=columns)
    corrected = holm(profiles["missing_p_value_holm"].to_numpy(float))
    profiles["missing_p_value_holm"] = corrected
    profiles["missing_is_informative"] = corrected < alpha
    return profiles[list(PROFILE_COLUMNS)].astype(PROFILE_COLUMNS)


def attribute_associations(
    cube: pd.DataFrame,
    attributes: Sequence[Row],
    group_sums: Sequence[Row],
    moments: Sequence[Row],
) -> pd.DataFrame:
    """How strongly each pair of attributes, and each attribute and churn, go together.

    Args:
        cube: cells of the churn cube: a ``<attribute>_band_order`` per attribute, ``customers`` and
            ``churned``; equal cells may be summed before.
        attributes: the var ``attributes``.
        group_sums: rows of ``int_attribute_sums``: the sum of each ordered attribute's values in
            each band of the nominal ones.
        moments: rows of ``int_attribute_moments``.

    Returns:
        A row per pair with the columns of the ``attribute_associations`` mart: Cramér's V over the
        bands, missing included, for every pair; Spearman's correlation of the bands for two ordered
        attributes, over the customers that have both values; the correlation ratio (eta) for an
        ordered attribute's values and a nominal one's bands.
    """
    kinds = {one["name"]: one["type"] in ORDERED_TYPES for one in attributes} | {OUTCOME: False}
    axes = BandCodes.of(cube, attributes)
    churned = cube["churned"].to_numpy(float)
    customers = cube["customers"].to_numpy(float)
    # Whoever left is a cell of their own, so that churn is an attribute like the others.
    codes = [np.concatenate([one, one]) for one in axes.codes]
    codes.append(np.repeat(np.array([0, 1], dtype=np.uint8), len(cube)))
    orders = [*axes.orders, np.array([1, 2])]
    weights = [np.concatenate([churned, customers - churned])]
    tables = sum_tables(codes, [len(one) for one in orders], weights, 2)
    sums = {
        (row["attribute"], row["group_attribute"], row["group_band_order"]): row["value_sum"]
        for row in group_sums
    }
    deviations: dict[str, Row] = {}
    for row in moments:
        if row["customer_group"] == "all":
            deviations[row["attribute"]] = row
        else:
            group = 1 if row["customer_group"] == "left" else 2
            sums[row["attribute"], OUTCOME, group] = row["value_sum"]
    rows = []
    for (place_a, a), (place_b, b) in combinations(enumerate(kinds), 2):
        (table,) = in_order(tables, place_a, place_b)
        found: dict[str, Any] = {"attribute_a": a, "attribute_b": b, "customers": int(table.sum())}
        found["cramers_v"], found["cramers_v_corrected"] = cramers_v(table)
        if kinds[a] and kinds[b]:
            found["spearman"] = spearman(table[np.ix_(orders[place_a] != 0, orders[place_b] != 0)])
        elif kinds[a] != kinds[b]:
            ordered, nominal, place = (a, b, place_b) if kinds[a] else (b, a, place_a)
            by_group = table if kinds[a] else table.T
            present = by_group[orders[place_a if kinds[a] else place_b] != 0].sum(axis=0)
            found["correlation_ratio"] = correlation_ratio(
                present.tolist(),
                [sums.get((ordered, nominal, one)) or 0 for one in orders[place].tolist()],
                _sum_of_squares(deviations[ordered]) if ordered in deviations else NAN,
            )
        rows.append(found)
    return pd.DataFrame(rows, columns=list(ASSOCIATION_COLUMNS)).astype(ASSOCIATION_COLUMNS)


def spearman(table: ArrayLike) -> float:
    """Spearman's rank correlation, with midranks, of two ordered variables.

    Args:
        table: shape (r, c), counts of each pair of values, both in rising order.

    Returns:
        The correlation; NaN where a variable does not vary.

    Source: Spearman (1904); Pearson's correlation of midranks.
    """
    counts = np.asarray(table, dtype=float)
    total = counts.sum()
    deviations = []
    for axis in (1, 0):
        sizes = counts.sum(axis=axis)
        deviations.append(np.cumsum(sizes) - sizes / 2 - total / 2)
    spread = [
        (counts.sum(axis=axis) * deviation**2).sum()
        for axis, deviation in zip((1, 0), deviations, strict=True)
    ]
    if not spread[0] or not spread[1]:
        return NAN
    together = deviations[0] @ counts @ deviations[1]
    return float(np.clip(together / math.sqrt(spread[0] * spread[1]), -1, 1))


def correlation_ratio(
    counts: Sequence[float], totals: Sequence[Any], sum_of_squares: float
) -> float:
    """The correlation ratio eta of a numeric variable over groups.

    Args:
        counts: how many values each group has.
        totals: their sums.
        sum_of_squares: of the deviations of all values from their mean.

    Returns:
        The root of the share of the sum of squares that lies between the groups; NaN where the
        variable does not vary or fewer than two groups have values.

    Source: Pearson (1905); Fisher (1925).
    """
    sizes = np.array(counts, dtype=float)
    filled = sizes > 0
    if filled.sum() < 2 or not sum_of_squares > 0:
        return NAN
    sizes = sizes[filled]
    means = np.array([float(total) for total in totals], dtype=float)[filled] / sizes
    mean = (sizes @ means) / sizes.sum()
    between = float(sizes @ (means - mean) ** 2)
    return math.sqrt(min(1.0, between / sum_of_squares))


def _missing_and_churn(
    missing: int, customers: int, left: Mapping[str, int], missing_band: str | None
) -> dict[str, float]:
    missing_left = left.get(missing_band, 0) if missing_band else 0
    present, present_left = customers - missing, sum(left.values()) - missing_left
    found = {
        "missing_churn_rate": missing_left / missing if missing else NAN,
        "present_churn_rate": present_left / present if present else NAN,
    }
    if missing and present:
        table = np.array(
            [[missing_left, missing - missing_left], [present_left, present - present_left]]
        )
        # Corrected together with those of the other attributes later.
        found["missing_p_value_holm"] = fisher_p_value(table)
    return found


def _summary(row: Row) -> dict[str, float]:
    """Mean, sample deviation and the adjusted Fisher-Pearson skewness (G1) from sums."""
    found = {
        name: NAN if row.get(name) is None else float(row[name])
        for name in SUMMARIES
        if name in row
    }
    n = row["value_count"]
    if not n:
        return found
    found["mean"] = float(row["value_sum"] / n)
    squares = _sum_of_squares(row)
    if n > 1:
        found["standard_deviation"] = math.sqrt(squares / (n - 1))
    if n > 2 and squares > 0:
        scale = float(row["scale"])
        first, second, third = (
            float(row[name]) / n
            for name in ("scaled_sum", "scaled_sum_of_squares", "scaled_sum_of_cubes")
        )
        central = third - 3 * first * second + 2 * first**3
        g = central * scale**3 / (squares / n) ** 1.5
        found["skewness"] = g * math.sqrt(n * (n - 1)) / (n - 2)
    return found


def _most_frequent(values: Sequence[Row], group: str) -> dict[str, Any]:
    """The most frequent whole number of a group, the smallest of equals.

    None where some are a thousand or more: they are counted at three digits.
    """
    known = [one for one in values if one["step"] is not None]
    counted: dict[float, int] = {}
    for one in known:
        churned = one["discovery_churned"] + one["confirmation_churned"]
        customers = one["discovery_customers"] + one["confirmation_customers"]
        counted[one["step"]] = {"all": customers, "left": churned}.get(group, customers - churned)
    if not sum(counted.values()) or max(abs(one) for one in counted) >= EXACT_BELOW:
        return {}
    value = max(sorted(counted), key=lambda one: counted[one])
    return {
        "most_frequent_value": f"{value:.0f}",
        "most_frequent_share": counted[value] / sum(counted.values()),
    }


def _sum_of_squares(row: Row) -> float:
    """Of the deviations of the values from their mean."""
    if not row["value_count"]:
        return NAN
    if row["scale"] is None:
        # All values of all customers are equal.
        return 0.0
    first, second = row["scaled_sum"], row["scaled_sum_of_squares"]
    return max(0.0, float(second - first * first / row["value_count"])) * float(row["scale"]) ** 2
