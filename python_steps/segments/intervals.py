"""The values of one attribute that go with raised or lowered churn, finer than its bands.

The values of an attribute are cut into intervals whose churn rates differ, on the discovery half:
of all ways to cut them the most likely one, with a price for each cut. Intervals that stand out
from all customers are tested on the confirmation half.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import chi2

from python_steps.common import conditions
from python_steps.common.attributes import ORDERED_TYPES, by_attribute
from python_steps.common.conditions import Condition
from python_steps.segments.cells import smallest_of_half
from python_steps.segments.confirmation import one_sided_p_value
from python_steps.segments.rules import Direction, segment_name
from python_steps.statistics.corrections import holm

Row = Mapping[str, Any]
Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]

# Of so many steps all ways to cut are looked at; of more, neighbours are joined.
MOST_STEPS = 1_000
# More of one attribute would not be read; those that stand out most.
MOST_INTERVALS = 5
# An end is as good as another where the likelihood falls by at most this: the 95% interval of a
# threshold (Hansen 2000).
SAME_LIKELIHOOD = 7.35 / 2

_COLUMNS: dict[str, type] = {
    "attribute": str, "value_kind": str, "direction": str, "lower_bound": float,
    "upper_bound": float, "value": str, "name": str, "name_ru": str, "rule_sql": str,
    "discovery_customers": int, "discovery_churned": int, "confirmation_customers": int,
    "confirmation_churned": int, "fold_customers": int, "fold_churned": int, "evidence": float,
    "p_value": float, "p_value_holm": float, "is_confirmed": bool, "interval_rank": int,
}  # fmt: skip


@dataclass(frozen=True)
class _Found:
    """An interval of values, a value, or missing ones.

    Attributes:
        condition: on the attribute.
        counts: discovery customers and churned, confirmation customers and churned.
        kind: ``interval``, ``value`` or ``missing``.
    """

    condition: Condition
    counts: tuple[int, int, int, int]
    kind: str
    lower: float | None = None
    upper: float | None = None
    value: str = ""


def risk_intervals(
    counts: Sequence[Row], attributes: Sequence[Row], settings: Mapping[str, Any]
) -> pd.DataFrame:
    """The intervals of values of each attribute whose churn rate stands out.

    Args:
        counts: rows of ``int_value_counts``.
        attributes: the var ``attributes``.
        settings: ``alpha``, ``segment_min_customers`` and ``segment_min_share``.

    Returns:
        A row per interval with the columns of ``int_risk_intervals``: found on the discovery half;
        p_value is the exact one-sided one of the confirmation half (NaN where nobody is there),
        with Holm's correction over the table. interval_rank begins with those that stand out most
        on the discovery half.

    Source: Fisher (1958) and Jackson and others (2005), optimal partitions; Fisher (1922).
    """
    names = ("discovery_customers", "discovery_churned", "confirmation_customers",
             "confirmation_churned")  # fmt: skip
    of_attribute = by_attribute(counts)
    totals = [sum(row[name] for row in next(iter(of_attribute.values()), [])) for name in names]
    smallest = smallest_of_half(totals[0] + totals[2], settings)
    rows = []
    for attribute in attributes:
        own = of_attribute[attribute["name"]]
        groups = [_group(attribute, row, names) for row in own if row["step"] is None]
        known = [row for row in own if row["step"] is not None]
        alpha = settings["alpha"]
        if attribute["type"] in ORDERED_TYPES and known:
            steps = np.array([row["step"] for row in known], float)
            counted = np.array([[row[name] for name in names] for row in known], np.int64)
            groups += _intervals(attribute, steps, counted, smallest, alpha)
        rows += _standing_out(attribute["name"], groups, totals, smallest, alpha)
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    table["p_value_holm"] = holm(table["p_value"].to_numpy(float))
    table["is_confirmed"] = table["p_value_holm"] < settings["alpha"]
    # Of equals the first by the order of the attributes.
    table = table.sort_values("evidence", ascending=False, kind="stable", ignore_index=True)
    table["interval_rank"] = np.arange(1, len(table) + 1)
    return table.astype(_COLUMNS)


def partition(customers: Counts, churned: Counts, price: float, smallest: float) -> list[int]:
    """The most likely way to cut steps into intervals, each with a churn rate of its own.

    Args:
        customers, churned: shape (steps,), in the order of values.
        price: what each cut must add to the logarithm of the likelihood.
        smallest: how many customers an interval has at least; where all have fewer, there is one.

    Returns:
        The steps with which intervals begin, the first of them 0. Of equals, the longest last
        interval.

    Source: Jackson and others (2005), an algorithm for optimal partitioning of data on an interval.
    """
    steps = len(customers)
    up_to = [np.concatenate([[0], np.cumsum(counts)]) for counts in (customers, churned)]
    if not steps or up_to[0][-1] < smallest:
        return [0]
    best = np.full(steps + 1, -np.inf)
    best[0] = 0.0
    begins = np.zeros(steps + 1, np.int64)
    for end in range(1, steps + 1):
        size, left = (counts[end] - counts[:end] for counts in up_to)
        value = best[:end] + likelihood(left, size) - price
        value[size < smallest] = -np.inf
        begins[end] = int(np.argmax(value))
        best[end] = value[begins[end]]
    starts = []
    end = steps
    while end:
        end = int(begins[end])
        starts.append(end)
    return starts[::-1]


def likelihood(churned: Any, customers: Any) -> Numbers:
    """The logarithm of the likelihood of groups, each with its own churn rate.

    Args:
        churned, customers: of each group, any shape; of nobody it is 0.
    """
    left, size = np.asarray(churned, float), np.asarray(customers, float)
    rate = left / np.maximum(size, 1)
    return np.asarray(xlogy(left, rate) + xlogy(size - left, 1 - rate))


def evidence(churned: int, customers: int, rate: float) -> float:
    """How much likelier a group's own churn rate is than another one: a difference of logarithms.

    Args:
        churned, customers: of the group.
        rate: the other one, between 0 and 1.
    """
    stayed = customers - churned
    given = float(xlogy(churned, rate) + xlogy(stayed, 1 - rate))
    return float(likelihood(churned, customers)) - given


def price_of_a_cut(places: int, alpha: float) -> float:
    """What chance gives the best of so many cuts in a share alpha of cases, at most.

    Source: Wilks (1938), with Bonferroni's correction.
    """
    return float(chi2.isf(alpha / max(1, places), 1)) / 2


def rounded_ends(
    steps: Numbers, customers: Counts, churned: Counts, ends: Sequence[float], smallest: float
) -> list[float]:
    """The ends between intervals as numbers of one digit or two, where these are as likely.

    Args:
        steps: shape (steps,), ascending values.
        customers, churned: shape (steps,), at each of them.
        ends: ascending, between the intervals.
        smallest: how many customers an interval keeps at least.
    """
    up_to = [np.concatenate([[0], np.cumsum(counts)]) for counts in (customers, churned)]
    ends = list(ends)
    for place, end in enumerate(ends):
        low = ends[place - 1] if place else -math.inf
        high = ends[place + 1] if place + 1 < len(ends) else math.inf
        around = np.searchsorted(steps, [low, high]).tolist()

        def of(value: float, around: Sequence[int] = around) -> float:
            middle = int(np.searchsorted(steps, value))
            size, left = (np.diff(counts[[around[0], middle, around[1]]]) for counts in up_to)
            return float(likelihood(left, size).sum()) if size.min() >= smallest else -math.inf

        least = of(end) - SAME_LIKELIHOOD
        for candidates in _rounder(end):
            good = [one for one in candidates if low < one < high and of(one) >= least]
            if good:
                ends[place] = max(good, key=lambda one: (of(one), -one))
                break
    return ends


def _rounder(value: float) -> Iterator[list[float]]:
    """The numbers of one digit beside a value, then those of two, where it has three."""
    size = 10.0 ** math.floor(math.log10(abs(value))) if value else 1.0
    if round(value / size * 10) == value / size * 10:
        return
    for unit in (size, size / 10):
        below = math.floor(value / unit)
        # Powers of ten below one are not exact.
        yield [float(f"{number * unit:.3g}") for number in (below, below + 1)]


def _intervals(
    attribute: Row, steps: Numbers, counted: Counts, smallest: float, alpha: float
) -> Iterator[_Found]:
    """The values of an ordered attribute, cut on the discovery half."""
    both = counted[:, 0] + counted[:, 2]
    # Values are joined to steps of about as many customers each.
    before = np.cumsum(both) - both
    number = (MOST_STEPS * before) // max(1, int(both.sum()))
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    joined = np.add.reduceat(counted, starts)
    price = price_of_a_cut(len(starts) - 1, alpha)
    cut = partition(joined[:, 0], joined[:, 1], price, smallest)
    ends = rounded_ends(
        steps, counted[:, 0], counted[:, 1], steps[starts[cut[1:]]].tolist(), smallest
    )
    places = [0, *np.searchsorted(steps, ends).tolist(), len(steps)]
    for number, (first, last) in enumerate(pairwise(places)):
        lower = ends[number - 1] if number else None
        upper = ends[number] if number < len(ends) else None
        a, b, c, d = counted[first:last].sum(axis=0).tolist()
        condition = conditions.interval(attribute, lower, upper)
        yield _Found(condition, (a, b, c, d), "interval", lower, upper)


def _group(attribute: Row, row: Row, names: Sequence[str]) -> _Found:
    """A nominal value, or those without one."""
    a, b, c, d = (int(row[name]) for name in names)
    if row["value"] is None:
        return _Found(conditions.missing(attribute), (a, b, c, d), "missing")
    condition = conditions.value(attribute, row["value"])
    return _Found(condition, (a, b, c, d), "value", value=row["value"])


def _standing_out(
    attribute: str, groups: Sequence[_Found], totals: Sequence[int], smallest: float, alpha: float
) -> list[dict[str, Any]]:
    """Those whose rate on the discovery half differs from that of all by more than chance."""
    customers, churned, fold_customers, fold_churned = totals
    if not 0 < churned < customers or len(groups) < 2:
        return []
    rate = churned / customers
    price = price_of_a_cut(len(groups), alpha)
    rows: list[dict[str, Any]] = []
    for one in groups:
        size, left, tested, tested_left = one.counts
        shown = evidence(left, size, rate) if size >= max(smallest, 1) else 0.0
        if shown <= price:
            continue
        direction: Direction = "leaving" if left > size * rate else "loyal"
        p_value = math.nan
        if tested:
            p_value = one_sided_p_value(
                tested, tested_left, fold_customers, fold_churned, direction
            )
        rows.append({
            "attribute": attribute, "value_kind": one.kind, "direction": direction,
            "lower_bound": math.nan if one.lower is None else one.lower,
            "upper_bound": math.nan if one.upper is None else one.upper,
            "value": one.value, "name": segment_name([one.condition], "en"),
            "name_ru": segment_name([one.condition], "ru"), "rule_sql": one.condition.sql,
            "discovery_customers": size, "discovery_churned": left,
            "confirmation_customers": tested, "confirmation_churned": tested_left,
            "fold_customers": fold_customers, "fold_churned": fold_churned, "evidence": shown,
            "p_value": p_value,
        })  # fmt: skip
    return sorted(rows, key=lambda row: -float(row["evidence"]))[:MOST_INTERVALS]
