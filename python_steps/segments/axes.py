"""What the search combines: attributes with their conditions, and what the cells hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Name = TypeVar("Name")
Numbers = NDArray[np.float64]
# Pairs of (index of the axis, index of the selector), by axis.
Selectors = tuple[tuple[int, int], ...]
# Some axes, by index.
Choice = tuple[int, ...]


@dataclass(frozen=True)
class Axis(Generic[Name]):
    """An attribute as the search sees it.

    Attributes:
        attribute: its name.
        codes: shape (cells,), the index of each cell's band among the axis' bands.
        selectors: shape (selectors, bands), 1 where the selector includes the band; those bands
            are neighbours.
        names: what each selector is called, in whatever terms the caller uses.
    """

    attribute: str
    codes: NDArray[np.integer[Any]]
    selectors: Numbers
    names: tuple[Name, ...]


@dataclass(frozen=True)
class Weights:
    """What the cells hold: whole numbers.

    Their sums must stay below 2^33. Expectations are multiples of 2^-20, so that every sum of
    products of the two is exact in doubles, whatever the order of addition.

    Attributes:
        customers, churned: shape (cells,).
        balance, lost_balance: shape (cells,), all balance and that of churners, in any unit in
            which whole numbers suffice; only the objective ``lost_balance`` needs them.
    """

    customers: Numbers
    churned: Numbers
    balance: Numbers | None = None
    lost_balance: Numbers | None = None

    @property
    def base_rate(self) -> float:
        """The churn rate of all cells; 0 of nobody."""
        return float(self.churned.sum() / max(self.customers.sum(), 1))

    def of(self, objective: str) -> tuple[Numbers, Numbers]:
        """What an objective counts: everything, and what of it left."""
        if objective != "lost_balance":
            return self.customers, self.churned
        if self.balance is None or self.lost_balance is None:
            raise ValueError("the objective lost_balance needs balances")
        return self.balance, self.lost_balance


def interval_selectors(band_count: int, *, has_missing: bool) -> list[tuple[int, int]]:
    """All intervals (first, last) of ``band_count`` ordered bands, ends included.

    The interval of all bands says that a value is present; it is left out where none is missing,
    as it would be no condition.
    """
    return [
        (first, last)
        for first in range(band_count)
        for last in range(first, band_count)
        if has_missing or last - first + 1 < band_count
    ]


def conjunction_count(axes: Sequence[Axis[Any]], max_conditions: int) -> int:
    """How many conjunctions of at most ``max_conditions`` conditions the axes have."""
    return sum(symmetric_sums([len(axis.selectors) for axis in axes], max_conditions)[1:])


def sums_size(axes: Sequence[Axis[Any]], max_conditions: int) -> int:
    """How many combinations of bands all choices of at most ``max_conditions`` axes have."""
    return sum(symmetric_sums([axis.selectors.shape[1] for axis in axes], max_conditions)[1:])


def symmetric_sums(counts: Sequence[int], most: int) -> list[int]:
    """By size from 0 to ``most``, the sum of the products of every choice of that many counts."""
    sums = [1] + [0] * most
    for count in counts:
        for size in range(most, 0, -1):
            sums[size] += sums[size - 1] * count
    return sums


def members(axes: Sequence[Axis[Any]], selectors: Selectors) -> NDArray[np.bool_]:
    """Which cells a conjunction covers, shape (cells,)."""
    covered: NDArray[np.bool_] | None = None
    for axis_index, selector_index in selectors:
        axis = axes[axis_index]
        bands = np.flatnonzero(axis.selectors[selector_index])
        for inside in (axis.codes >= bands[0], axis.codes <= bands[-1]):
            covered = inside if covered is None else covered & inside
    if covered is None:
        raise ValueError("a conjunction has at least one condition")
    return covered


def on_cells(axes: Sequence[Axis[Any]], cells: NDArray[np.int64]) -> Sequence[Axis[Any]]:
    """The axes on some of the cells only."""
    return [replace(axis, codes=axis.codes[cells]) for axis in axes]
