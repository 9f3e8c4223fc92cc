"""The churn cube summed to the bands of every choice of attributes, and to conjunctions of them.

The search reads the churn cube, never customers. For every choice of attributes it sums the cube
to their axes and applies to each axis the 0/1 matrix of its selectors (intervals of bands, single
values, missing). One tensor then holds the customers of every conjunction of those selectors,
another the churners.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, ClassVar

import numpy as np

from python_steps.segments.axes import Axis, Choice, Numbers, Selectors, Weights, sums_size

# Conjunctions in memory at once, so that memory does not grow with the number of bands.
BLOCK = 1 << 19
# A table of all bands with more elements than this is never made.
LARGEST_TABLE = 1 << 22
# The tables of all choices of axes have at most so many elements, 8 bytes for each thing summed.
LARGEST_SUMS = 1 << 24


@dataclass(frozen=True)
class Sums:
    """The cells summed to the bands of every choice of axes: all that a search has to read.

    Attributes:
        axes: the attributes to combine; all ``codes`` have the same length.
        weights: what the cells hold.
        all_customers: shape (cells,), the customers among whom overlap is measured.
        max_conditions: how many axes a choice has at most, at least 1.
        tables: by choice of axes, shape (things summed, bands of each axis), in its order.
    """

    axes: Sequence[Axis[Any]]
    weights: Weights
    all_customers: Numbers
    max_conditions: int
    tables: Mapping[Choice, Numbers]

    # What a table sums, in this order.
    CUSTOMERS: ClassVar[int] = 0
    CHURNED: ClassVar[int] = 1
    ALL_CUSTOMERS: ClassVar[int] = 2
    BALANCE: ClassVar[int] = 3
    LOST_BALANCE: ClassVar[int] = 4

    @classmethod
    def of(
        cls,
        axes: Sequence[Axis[Any]],
        weights: Weights,
        max_conditions: int,
        all_customers: Numbers | None = None,
    ) -> "Sums":
        """Sum the cells; without ``all_customers`` overlap is measured among the searched ones.

        Raises:
            ValueError: the axes have more combinations of bands than memory should hold.
        """
        if sums_size(axes, max_conditions) > LARGEST_SUMS:
            raise ValueError("too many combinations of bands")
        everybody = weights.customers if all_customers is None else all_customers
        stack = [weights.customers, weights.churned, everybody]
        if weights.balance is not None and weights.lost_balance is not None:
            stack += [weights.balance, weights.lost_balance]
        tables = sum_tables(axes, stack, max_conditions, widest_first(axes))
        return cls(axes, weights, everybody, max_conditions, tables)

    def varies(self) -> bool:
        """Whether some left and some stayed: otherwise no segment differs from the rest."""
        return bool(0 < self.weights.churned.sum() < self.weights.customers.sum())

    def count(self, selectors: Selectors) -> tuple[int, int, int]:
        """Customers, churners and all customers under a conjunction."""
        chosen = dict(selectors)
        choice = tuple(one for one in reversed(widest_first(self.axes)) if one in chosen)
        table = self.tables[choice][:3]
        for axis in choice:
            table = np.tensordot(table, self.axes[axis].selectors[chosen[axis]], axes=([1], [0]))
        customers, churned, everybody = (int(one) for one in table)
        return customers, churned, everybody


def sum_tables(
    axes: Sequence[Axis[Any]], stack: Sequence[Numbers], max_conditions: int, order: Choice
) -> dict[Choice, Numbers]:
    """The cells summed to the bands of every choice of at most ``max_conditions`` axes.

    A tree: at each axis one branch keeps it and the other sums it away, so that small choices are
    summed from tables that are small already.

    Args:
        axes: the attributes.
        stack: what to sum, each of shape (cells,).
        max_conditions: how many axes a choice has at most.
        order: the axes in the order in which they are kept or summed away.

    Returns:
        By the chosen axes, the last of the order first, the table, shape (len(stack), bands of each
        chosen axis).
    """
    enough = max(len(stack[0]), 1 << 16)
    bands = [axis.selectors.shape[1] for axis in axes]
    tables: dict[Choice, Numbers] = {}

    def visit(table: Numbers | None, left: Choice, kept: int) -> None:
        # The table of all bands may be far larger than the cells; then the cells do.
        if table is None and left:
            size = prod(bands[index] for index in left)
            if size <= min(enough, LARGEST_TABLE):
                table = _table(axes, left, stack)
        if kept == min(max_conditions, len(left)):
            if kept:
                choice = left[:kept]
                if table is None:
                    table = _table(axes, choice, stack)
                else:
                    table = table.reshape(*table.shape[: 1 + kept], -1).sum(axis=-1)
                # The last product of selectors is the largest; few bands make it cheap.
                table = table.transpose(0, *range(kept, 0, -1))
                tables[choice[::-1]] = np.ascontiguousarray(table)
            return
        visit(table, left, kept + 1)
        less = None if table is None else table.sum(axis=1 + kept)
        visit(less, left[:kept] + left[kept + 1 :], kept)

    visit(None, order, 0)
    return tables


def widest_first(axes: Sequence[Axis[Any]]) -> Choice:
    """Summing the axes with the most bands away first makes the tables small soonest."""
    order = sorted(range(len(axes)), key=lambda index: (-axes[index].selectors.shape[1], index))
    return tuple(order)


def _table(axes: Sequence[Axis[Any]], choice: Choice, stack: Sequence[Numbers]) -> Numbers:
    """The cells summed to the bands of some axes, shape (len(stack), bands of each axis)."""
    shape = tuple(axes[index].selectors.shape[1] for index in choice)
    place = np.ravel_multi_index(tuple(axes[index].codes for index in choice), shape)
    sums = np.empty((len(stack), prod(shape)))
    for row, weight in zip(sums, stack, strict=True):
        row[:] = np.bincount(place, weight, minlength=prod(shape))
    return sums.reshape(-1, *shape)


@dataclass(frozen=True)
class Block:
    """A piece of the conjunctions of some axes, small enough to hold.

    Attributes:
        choice: the axes, in the order of the piece's dimensions.
        starts, lengths: the piece of each axis' selectors.
    """

    choice: Choice
    starts: tuple[int, ...]
    lengths: tuple[int, ...]

    def selectors(self, place: int) -> Selectors:
        """The conjunction at a place, by axis."""
        within = np.unravel_index(place, self.lengths)
        pairs = zip(self.choice, self.starts, within, strict=True)
        return tuple(sorted((axis, start + int(index)) for axis, start, index in pairs))

    def sums(self, axes: Sequence[Axis[Any]], tensor: Numbers) -> Numbers:
        """The sums under its conjunctions, shape (weights, conjunctions).

        Args:
            axes: all axes.
            tensor: shape (weights, bands of each axis of the choice).
        """
        sums, after = tensor, 1
        pieces = zip(self.choice, self.starts, self.lengths, strict=True)
        # From the last axis to the first: no product needs its operands moved in memory.
        for axis, start, length in reversed(list(pieces)):
            chosen = axes[axis].selectors[start : start + length]
            sums = np.matmul(chosen, sums.reshape(-1, chosen.shape[1], after))
            after *= length
        return sums.reshape(len(tensor), -1)


def blocks(axes: Sequence[Axis[Any]], choice: Choice) -> Iterator[Block]:
    """All conjunctions of a choice of axes, in pieces of bounded size."""
    counts = [len(axes[index].selectors) for index in choice]
    if prod(counts) <= BLOCK:
        yield Block(choice, (0,) * len(choice), tuple(counts))
        return
    size = 1
    steps: list[int] = []
    for count in reversed(counts):
        steps.insert(0, max(1, min(count, BLOCK // size)))
        size *= steps[0]
    ranges = [range(0, count, step) for count, step in zip(counts, steps, strict=True)]
    for starts in product(*ranges):
        lengths = tuple(
            min(step, count - start)
            for step, count, start in zip(steps, counts, starts, strict=True)
        )
        yield Block(choice, starts, lengths)
