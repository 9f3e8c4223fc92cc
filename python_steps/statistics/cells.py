"""Cells of the churn cube summed to the bands of some attributes at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]
# Some attributes, by index.
Choice = tuple[int, ...]

# A table of all bands with more elements than this is never made.
LARGEST_TABLE = 1 << 22
# One with so many is made even of fewer cells.
FEW_BANDS = 1 << 12


@dataclass(frozen=True)
class BandCodes:
    """The bands of the cells, by attribute.

    Attributes:
        names: of the attributes.
        orders: of each attribute the numbers of the bands that occur, ascending; 0 is missing.
        codes: of each attribute, shape (cells,), the place of each cell's band among them.
    """

    names: Sequence[str]
    orders: Sequence[NDArray[np.int64]]
    codes: Sequence[Codes]

    @property
    def sizes(self) -> list[int]:
        """How many bands of each attribute occur."""
        return [len(one) for one in self.orders]

    @classmethod
    def of(cls, cells: pd.DataFrame, attributes: Sequence[Mapping[str, Any]]) -> "BandCodes":
        """From a table with a ``<attribute>_band_order`` per attribute."""
        names = [attribute["name"] for attribute in attributes]
        orders, codes = [], []
        for name in names:
            numbers = cells[f"{name}_band_order"].to_numpy()
            occurring = np.unique(numbers)
            orders.append(occurring.astype(np.int64))
            # Small numbers take little room.
            kind = np.min_scalar_type(len(occurring))
            codes.append(np.searchsorted(occurring, numbers).astype(kind))
        return cls(names, orders, codes)


def in_order(tables: Mapping[Choice, Numbers], first: int, second: int) -> Numbers:
    """The table of two attributes with the bands of the first one before those of the second."""
    if (first, second) in tables:
        return tables[first, second]
    return tables[second, first].swapaxes(1, 2)


def sum_tables(
    codes: Sequence[Codes],
    bands: Sequence[int],
    stack: Sequence[Numbers],
    most: int,
    choices: Collection[Choice] | None = None,
) -> dict[Choice, Numbers]:
    """The cells summed to the bands of choices of at most ``most`` attributes.

    A tree: at each attribute one branch keeps it and the other sums it away, so that small choices
    are summed from tables that are small already.

    Args:
        codes: of each attribute, shape (cells,), the place of each cell's band.
        bands: how many bands each attribute has.
        stack: what to sum, each of shape (cells,).
        most: how many attributes a choice has at most.
        choices: which ones, each in any order of its attributes; None stands for all.

    Returns:
        By the chosen attributes, in the order of :func:`narrowest_first`, the table, shape
        (len(stack), bands of each chosen attribute).
    """
    order = narrowest_first(bands)[::-1]
    enough = min(max(len(stack[0]), FEW_BANDS), LARGEST_TABLE)
    tables: dict[Choice, Numbers] = {}
    wanted = None
    if choices is not None:
        place = {attribute: number for number, attribute in enumerate(order)}
        wanted = {tuple(sorted(choice, key=place.__getitem__)) for choice in choices}
    leads = (
        None
        if wanted is None
        else {choice[:length] for choice in wanted for length in range(1, len(choice) + 1)}
    )

    def keep(table: Numbers | None, choice: Choice) -> None:
        if choice and (wanted is None or choice in wanted):
            # The last product of selectors is the largest; few bands make it cheap.
            if table is None:
                table = table_of(codes, bands, choice[::-1], stack)
            else:
                table = table.transpose(0, *range(len(choice), 0, -1))
            tables[choice[::-1]] = np.ascontiguousarray(table)

    # How many combinations of bands all attributes from a place of the order on have.
    room = [prod(bands[index] for index in order[place:]) for place in range(len(order))]

    def visit(table: Numbers | None, kept: Choice, start: int) -> None:
        """Choices that begin with some attributes; the table has them and those from a place on."""
        if len(kept) == most:
            if table is not None:
                table = table.sum(axis=tuple(range(1 + most, table.ndim)))
            keep(table, kept)
            return
        own = prod(bands[index] for index in kept)
        for place in range(start, len(order)):
            # The table of all bands may be far larger than the cells; then the cells do.
            if table is None and own * room[place] <= enough:
                table = table_of(codes, bands, kept + order[place:], stack)
            longer = (*kept, order[place])
            if leads is None or longer in leads:
                visit(table, longer, place + 1)
            table = None if table is None else table.sum(axis=1 + len(kept))
        keep(table, kept)

    visit(None, (), 0)
    return tables


def narrowest_first(bands: Sequence[int], chosen: Iterable[int] | None = None) -> Choice:
    """The order of a choice's attributes, or of all: with few bands first, then the later ones."""
    some = range(len(bands)) if chosen is None else chosen
    return tuple(sorted(some, key=lambda index: (bands[index], -index)))


def table_of(
    codes: Sequence[Codes], bands: Sequence[int], choice: Choice, stack: Sequence[Numbers]
) -> Numbers:
    """The cells summed to the bands of some attributes, in the order in which they are chosen.

    Args:
        codes, bands, stack: as of :func:`sum_tables`.
        choice: the attributes, at least one.

    Returns:
        Shape (len(stack), bands of each chosen attribute).
    """
    shape = tuple(bands[index] for index in choice)
    place = codes[choice[0]].astype(np.intp)
    for index in choice[1:]:
        place *= bands[index]
        place += codes[index]
    sums = np.empty((len(stack), prod(shape)))
    for row, weight in zip(sums, stack, strict=True):
        row[:] = np.bincount(place, weight, minlength=prod(shape))
    return sums.reshape(len(stack), *shape)
