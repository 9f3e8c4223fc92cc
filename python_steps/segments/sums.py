"""The churn cube summed to the bands of every choice of attributes, and to conjunctions of them.

The search reads the churn cube, never customers. For every choice of attributes it sums the cube
to their axes and applies to each axis the 0/1 matrix of its selectors (intervals of bands, single
values, missing). One tensor then holds the customers of every conjunction of those selectors,
another the churners.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any, ClassVar

import numpy as np

from python_steps.segments.axes import Axis, Choice, Numbers, Selectors, Weights, sums_size
from python_steps.statistics.cells import Codes, narrowest_first, sum_tables, table_of

# Conjunctions in memory at once, so that memory does not grow with the number of bands.
BLOCK = 1 << 19
# The tables of all choices of axes have at most so many elements, 8 bytes for each thing summed.
LARGEST_SUMS = 1 << 24


@dataclass(frozen=True)
class Sums:
    """The cells summed to the bands of every searched choice of axes: all that a search reads.

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
    _of_all: dict[Choice, Numbers] = field(default_factory=dict, repr=False)

    # What a table sums, in this order.
    CUSTOMERS: ClassVar[int] = 0
    CHURNED: ClassVar[int] = 1
    BALANCE: ClassVar[int] = 2
    LOST_BALANCE: ClassVar[int] = 3

    @classmethod
    def of(
        cls,
        axes: Sequence[Axis[Any]],
        weights: Weights,
        max_conditions: int,
        all_customers: Numbers | None = None,
        choices: Collection[Choice] | None = None,
    ) -> "Sums":
        """Sum the cells.

        Without ``all_customers`` overlap is measured among the searched ones; without ``choices``,
        all of at most ``max_conditions`` axes are searched.

        Raises:
            ValueError: the choices have more combinations of bands than memory should hold.
        """
        codes, bands = codes_and_bands(axes)
        size = (
            sums_size(axes, max_conditions)
            if choices is None
            else sum(prod(bands[index] for index in choice) for choice in choices)
        )
        if size > LARGEST_SUMS:
            raise ValueError("too many combinations of bands")
        everybody = weights.customers if all_customers is None else all_customers
        stack = [weights.customers, weights.churned]
        if weights.balance is not None and weights.lost_balance is not None:
            stack += [weights.balance, weights.lost_balance]
        tables = sum_tables(codes, bands, stack, max_conditions, choices)
        return cls(axes, weights, everybody, max_conditions, tables)

    def varies(self) -> bool:
        """Whether some left and some stayed: otherwise no segment differs from the rest."""
        return bool(0 < self.weights.churned.sum() < self.weights.customers.sum())

    def count(self, selectors: Selectors) -> tuple[int, int]:
        """Customers and churners under a conjunction of a searched choice, or of less of one."""
        choice = self._choice(selectors)
        table = self.tables.get(choice)
        if table is None:
            own = (self.weights.customers, self.weights.churned)
            table = self._summed(choice, own)
        customers, churned = self._under(selectors, choice, table[:2])
        return customers, churned

    def size(self, selectors: Selectors) -> int:
        """All customers under a conjunction."""
        choice = self._choice(selectors)
        # Few choices are ever asked for.
        if choice not in self._of_all:
            self._of_all[choice] = self._summed(choice, (self.all_customers,))
        (customers,) = self._under(selectors, choice, self._of_all[choice])
        return customers

    def _choice(self, selectors: Selectors) -> Choice:
        chosen = {axis for axis, _ in selectors}
        return narrowest_first(codes_and_bands(self.axes)[1], chosen)

    def _summed(self, choice: Choice, stack: Sequence[Numbers]) -> Numbers:
        return table_of(*codes_and_bands(self.axes), choice, stack)

    def _under(self, selectors: Selectors, choice: Choice, table: Numbers) -> list[int]:
        chosen = dict(selectors)
        for axis in choice:
            table = np.tensordot(table, self.axes[axis].selectors[chosen[axis]], axes=([1], [0]))
        return [int(one) for one in table]


def codes_and_bands(axes: Sequence[Axis[Any]]) -> tuple[list[Codes], list[int]]:
    """Of each axis the codes of the cells and the number of its bands."""
    return [axis.codes for axis in axes], [axis.selectors.shape[1] for axis in axes]


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
