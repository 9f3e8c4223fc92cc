"""The test of each segment on the half of the customers that the search has not seen."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binom, hypergeom

from python_steps.segments.cells import FOLDS
from python_steps.segments.rules import Direction
from python_steps.statistics.corrections import holm
from python_steps.statistics.proportions import lift_interval

_FIGURES = ["overall_p_value", "minimum_lift", "lift_p_value", "lift_low", "lift_high"]


def confirm_segments(
    counts: Sequence[Mapping[str, Any]],
    alpha: float,
    min_lift: float,
    lists: Sequence[Mapping[str, Any]] = (),
) -> pd.DataFrame:
    """Test each segment on the confirmation half, which the search has not seen.

    Two questions are asked, each with Holm's correction over all segments. Does the segment leave
    (or stay) more than all: the exact chance that a random group of its size holds at least (for
    loyal segments: at most) as many churners. And does it do so by as much as was asked for: the
    exact chance of as many churners where its rate is the overall one times the minimum lift (for
    loyal segments: divided by it). The overall rate is taken as known there; as the segment is a
    part of all, that errs on the safe side. A named segment was not asked for a lift, so that
    both questions are one. The corrected p-values of the confirmation half are multiplied by the
    number of different lists that it has been asked about, as each is one more chance to err.

    The discovery half gets the same figures: there the p-values of discovered segments are
    optimistic, which is why the other half exists.

    Args:
        counts: rows of ``int_segment_counts``: segment_id, origin, direction, fold, customers,
            churned, fold_customers, fold_churned.
        alpha: the family-wise error.
        min_lift: what discovered segments were asked for, as ``segment_min_lift``.
        lists: rows of ``int_segment_lists``.

    Returns:
        A row per segment and fold: segment_id, fold, overall_p_value, minimum_lift, lift_p_value,
        lift_low and lift_high (see :func:`lift_interval`), overall_p_value_holm,
        lift_p_value_holm, and is_confirmed: the last is below alpha. NaN where the segment is
        empty in the fold.

    Source: Fisher (1922); Clopper and Pearson (1934).
    """
    table = pd.DataFrame(
        [(row["segment_id"], row["fold"], *_figures(row, min_lift)) for row in counts],
        columns=["segment_id", "fold", *_FIGURES],
    ).astype({"segment_id": str, "fold": str, **dict.fromkeys(_FIGURES, float)})
    for name in ("overall_p_value", "lift_p_value"):
        table[f"{name}_holm"] = np.nan
        for fold in FOLDS:
            in_fold = table["fold"] == fold
            corrected = holm(table.loc[in_fold, name].to_numpy(float))
            if fold == "confirmation":
                corrected = np.minimum(1.0, corrected * lists_of_half(lists))
            table.loc[in_fold, f"{name}_holm"] = corrected
    table["is_confirmed"] = table["lift_p_value_holm"] < alpha
    return table


def lists_of_half(lists: Sequence[Mapping[str, Any]]) -> int:
    """How many different lists the confirmation half has been asked about, this one among them."""
    halves = {row["half_id"] for row in lists if row["is_current"]}
    return max(1, sum(row["half_id"] in halves for row in lists))


def confirm_conditions(
    counts: Sequence[Mapping[str, Any]],
    segments: Sequence[Mapping[str, Any]],
    alpha: float,
    lists: Sequence[Mapping[str, Any]] = (),
) -> pd.DataFrame:
    """Test each condition of each rule on the confirmation half.

    A condition holds where those who meet the whole rule leave (or stay) more than those who meet
    all its other conditions and not this one; a rule of one condition is compared with everybody
    else. Holm's correction runs over all conditions of all segments, and counts all lists that the
    half has been asked about.

    Args:
        counts: rows of ``int_segment_condition_counts``.
        segments: rows of ``int_segment_counts``.
        lists: rows of ``int_segment_lists``.
        alpha: the family-wise error.

    Returns:
        A row per segment and condition: segment_id, condition_number, p_value (one-sided, exact;
        NaN where the segment is empty in the half), p_value_holm and holds.

    Source: Fisher (1922).
    """
    members = {row["segment_id"]: row for row in segments if row["fold"] == "confirmation"}
    rows = []
    for row in counts:
        # A small bank may have nobody in the half.
        segment = members.get(row["segment_id"])
        p_value = np.nan
        if segment is not None and segment["customers"]:
            size, left = segment["customers"], segment["churned"]
            everybody, all_left = size + row["others_customers"], left + row["others_churned"]
            p_value = one_sided_p_value(size, left, everybody, all_left, segment["direction"])
        rows.append((row["segment_id"], row["condition_number"], p_value))
    columns = ["segment_id", "condition_number", "p_value"]
    table = pd.DataFrame(rows, columns=columns).astype(
        {"segment_id": str, "condition_number": int, "p_value": float}
    )
    corrected = holm(table["p_value"].to_numpy(float)) * lists_of_half(lists)
    table["p_value_holm"] = np.minimum(1.0, corrected)
    table["holds"] = table["p_value_holm"] < alpha
    return table


def _figures(row: Mapping[str, Any], min_lift: float) -> tuple[float, ...]:
    """What ``_FIGURES`` names, of a segment in a fold."""
    overall = _overall_p_value(row)
    lift = 1.0 if row["origin"] == "named" else float(min_lift)
    low, high = lift_interval(
        row["churned"], row["customers"], row["fold_churned"], row["fold_customers"]
    )
    by_lift = overall if lift == 1 else _lift_p_value(row, lift)
    return overall, lift, by_lift, low, high


def _lift_p_value(row: Mapping[str, Any], lift: float) -> float:
    """The chance of as many churners (for loyal: as few) where the lift is just the minimum."""
    if not row["customers"]:
        return np.nan
    base = row["fold_churned"] / row["fold_customers"]
    if row["direction"] == "leaving":
        return float(binom.sf(row["churned"] - 1, row["customers"], min(1.0, base * lift)))
    return float(binom.cdf(row["churned"], row["customers"], base / lift))


def _overall_p_value(row: Mapping[str, Any]) -> float:
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
