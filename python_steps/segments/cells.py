"""The churn cube as the search reads it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import md5
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from python_steps.common import conditions
from python_steps.segments.axes import Axis, Weights, interval_selectors
from python_steps.segments.search import Limits

FOLDS = ("discovery", "confirmation")
# Sums of money in doubles are exact below this many units (see Weights).
MONEY_UNITS = 2.0**32


@dataclass(frozen=True)
class Cells:
    """The churn cube as the search reads it.

    Attributes:
        axes: the attributes that have conditions.
        band_orders: by attribute, the bands that occur, in the order of the axis' bands.
        discovery, confirmation: what the cells hold of each half.
    """

    axes: Sequence[Axis[conditions.Condition]]
    band_orders: Mapping[str, NDArray[np.int64]]
    discovery: Weights
    confirmation: Weights

    @property
    def customers(self) -> NDArray[np.float64]:
        """The customers of both halves, shape (cells,)."""
        return self.everybody.customers

    @cached_property
    def everybody(self) -> Weights:
        """What the cells hold of both halves together."""
        one, other = self.discovery, self.confirmation
        both = Weights(one.customers + other.customers, one.churned + other.churned)
        if one.balance is None or other.balance is None:
            return both
        if one.lost_balance is None or other.lost_balance is None:
            return both
        return replace(
            both,
            balance=one.balance + other.balance,
            lost_balance=one.lost_balance + other.lost_balance,
        )

    @classmethod
    def of(
        cls,
        table: pd.DataFrame,
        bands: Sequence[Mapping[str, Any]],
        settings: Mapping[str, Any],
    ) -> "Cells":
        """The cells of ``int_segment_cells`` and the bands of ``int_bands``.

        Balances are read only where one of the ``segment_objectives`` counts them.
        """
        attributes = settings["attributes"]
        orders = {
            attribute["name"]: table[f"{attribute['name']}_band_order"].to_numpy()
            for attribute in attributes
        }
        occurring = {name: np.unique(order) for name, order in orders.items()}
        axes = [
            _axis(attribute, orders[attribute["name"]], occurring[attribute["name"]], bands)
            for attribute in attributes
        ]
        counts_money = "lost_balance" in settings["segment_objectives"]
        balances = [f"{fold}_balance" for fold in FOLDS] if counts_money else []
        # In hundredths, or coarser where there are too many of them.
        unit = max(float(table[balances].clip(lower=0).sum().sum()) / MONEY_UNITS, 0.01)

        def half(fold: str) -> Weights:
            customers = table[f"{fold}_customers"].to_numpy(float)
            churned = table[f"{fold}_churned"].to_numpy(float)
            if not counts_money:
                return Weights(customers, churned)
            # An overdraft is no balance to lose, and a part is no more than the whole.
            balance = table[f"{fold}_balance"].to_numpy(float).clip(min=0)
            lost = table[f"{fold}_lost_balance"].to_numpy(float).clip(0, balance)
            return Weights(customers, churned, np.floor(balance / unit), np.floor(lost / unit))

        return cls(
            [axis for axis in axes if len(axis.names)],
            occurring,
            half("discovery"),
            half("confirmation"),
        )


def limits_of(cells: Cells, settings: Mapping[str, Any]) -> Limits:
    """What a discovered segment must be: the search sees half and asks for half the customers."""
    return Limits(
        min_customers=smallest_of_half(float(cells.customers.sum()), settings),
        min_lift=settings["segment_min_lift"],
        condition_cost=settings["segment_condition_cost"],
    )


def smallest_of_half(everybody: float, settings: Mapping[str, Any]) -> float:
    """How many customers of a half what is found there has at least.

    Args:
        everybody: all customers, of both halves.
        settings: ``segment_min_customers`` and ``segment_min_share``.
    """
    smallest = max(settings["segment_min_customers"], settings["segment_min_share"] * everybody)
    return float(smallest) / 2


def covered_cells(cells: Cells, selected_bands: str) -> NDArray[np.bool_]:
    """Which cells a discovered segment covers, by its column ``bands``; shape (cells,)."""
    covered = np.ones(len(cells.customers), dtype=bool)
    selected = json.loads(selected_bands)
    for axis in cells.axes:
        if axis.attribute in selected:
            inside = np.isin(cells.band_orders[axis.attribute], selected[axis.attribute])
            covered &= inside[axis.codes]
    return covered


def _axis(
    attribute: Mapping[str, Any],
    band_orders: NDArray[np.int64],
    occurring: NDArray[np.int64],
    bands: Sequence[Mapping[str, Any]],
) -> Axis[conditions.Condition]:
    """The bands that occur, and every condition on them that says something."""
    by_order = {
        band["band_order"]: band for band in bands if band["attribute"] == attribute["name"]
    }
    own = [by_order[order] for order in occurring.tolist()]
    present = [place for place, band in enumerate(own) if band["band_kind"] != "missing"]
    has_missing = len(present) < len(own)
    names: list[conditions.Condition] = []
    covered: list[list[int]] = []
    if attribute["type"] in ("number", "integer"):
        for first, last in interval_selectors(len(present), has_missing=has_missing):
            lower, upper = own[present[first]]["lower_bound"], own[present[last]]["upper_bound"]
            names.append(conditions.interval(attribute, lower, upper))
            covered.append(present[first : last + 1])
    elif len(own) > 1:
        for place in present:
            if own[place]["band_kind"] == "value":
                names.append(conditions.value(attribute, own[place]["value"]))
                covered.append([place])
    if has_missing and present:
        names.append(conditions.missing(attribute))
        covered.append([place for place in range(len(own)) if place not in present])
    # Values that differ in case or punctuation only have the same slug.
    slugs = Counter(name.slug for name in names)
    names = [
        replace(name, slug=f"{name.slug}_{md5(name.sql.encode()).hexdigest()[:8]}")
        if slugs[name.slug] > 1
        else name
        for name in names
    ]
    selectors = np.zeros((len(names), len(own)))
    for row, columns in enumerate(covered):
        selectors[row, columns] = 1
    codes = np.searchsorted(occurring, band_orders)
    # Small numbers are compared faster.
    codes = codes.astype(np.min_scalar_type(len(own)))
    return Axis(attribute["name"], codes, selectors, tuple(names))
