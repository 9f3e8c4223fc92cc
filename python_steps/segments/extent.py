"""How much of all conjunctions is searched: all of them, or those that smaller ones promise.

A search of all is the true optimum. Where it would take hours or all memory, choices of attributes
are taken by their promise: a pair by what its two attributes show alone, three by their pairs.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from python_steps.segments.axes import Axis, Choice, Weights, symmetric_sums
from python_steps.segments.cells import Cells, limits_of
from python_steps.segments.options import refuse_wrong_settings
from python_steps.segments.rules import DIRECTIONS
from python_steps.segments.search import Limits, Within, best_values
from python_steps.segments.sums import LARGEST_SUMS, Sums

# Cells read by all choices together, some nanoseconds each; looking at a choice at all takes as
# long as reading some thousand.
LARGEST_READ = 1 << 31
LEAST_READ = 10_000
COLUMNS: dict[str, type] = {
    "conditions": int, "combinations": int, "searched_combinations": int,
    "conjunctions": int, "searched_conjunctions": int, "searched_attributes": str,
}  # fmt: skip


def search_extent(
    table: pd.DataFrame, bands: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]
) -> pd.DataFrame:
    """What the search looks at, for each number of conditions.

    Args:
        table: ``int_segment_cells``.
        bands: rows of ``int_bands``.
        settings: the dbt vars that the model passes on.

    Returns:
        A row per number of conditions from 1 to ``max_conditions``, as far as there are so many
        attributes: ``conditions``; ``combinations`` of so many attributes and those that are
        searched; their ``conjunctions``; and ``searched_attributes``, the combinations as JSON,
        empty where all are searched.

    Raises:
        ChurnError: a var has a value without a meaning.
    """
    refuse_wrong_settings(settings)
    cells = Cells.of(table, bands, settings)
    most = min(settings["max_conditions"], len(cells.axes))
    selectors = [len(axis.names) for axis in cells.axes]
    conjunctions = symmetric_sums(selectors, most)
    searched = promising_choices(
        cells.axes, cells.discovery, limits_of(cells, settings), most, settings["max_conjunctions"]
    )
    rows = []
    for number in range(1, most + 1):
        row = {
            "conditions": number,
            "combinations": comb(len(cells.axes), number),
            "conjunctions": conjunctions[number],
            "searched_attributes": "",
        }
        row["searched_combinations"] = row["combinations"]
        row["searched_conjunctions"] = row["conjunctions"]
        if searched is not None:
            own = [choice for choice in searched if len(choice) == number]
            row["searched_combinations"] = len(own)
            row["searched_conjunctions"] = sum(
                int(np.prod([selectors[axis] for axis in choice])) for choice in own
            )
            if len(own) < comb(len(cells.axes), number):
                names = [[cells.axes[axis].attribute for axis in choice] for choice in own]
                row["searched_attributes"] = json.dumps(names)
        rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def searched_choices(
    extent: Sequence[Mapping[str, Any]], axes: Sequence[Axis[Any]]
) -> list[Choice] | None:
    """The choices of axes that ``search_extent`` lists; None where they are all."""
    if all(row["searched_combinations"] == row["combinations"] for row in extent):
        return None
    places = {axis.attribute: place for place, axis in enumerate(axes)}
    chosen: list[Choice] = []
    for row in extent:
        if row["searched_attributes"]:
            names = json.loads(row["searched_attributes"])
            chosen += [tuple(places[name] for name in one) for one in names]
        else:
            chosen += map(tuple, _combinations(len(axes), row["conditions"]).tolist())
    return chosen


def promising_choices(
    axes: Sequence[Axis[Any]],
    weights: Weights,
    limits: Limits,
    max_conditions: int,
    max_conjunctions: int,
) -> list[Choice] | None:
    """The choices of axes that are searched, or None where all can be.

    From one number of conditions to the next at most half of what is left is spent, so that
    something is left for more conditions; the last takes it all. A choice's promise is the sum of
    the largest evidence that its searched parts with one axis less show in either direction.

    Args:
        axes: the attributes to combine.
        weights: what is searched.
        limits: what a segment must be; a promise has no least lift.
        max_conditions: how many axes a choice has at most.
        max_conjunctions: how many conjunctions are looked at.
    """
    rooms = [max_conjunctions, LARGEST_SUMS, LARGEST_READ]
    if not axes:
        return None
    sizes = np.array([[len(one.names), one.selectors.shape[1]] for one in axes], dtype=float)
    cells = len(weights.customers) + LEAST_READ
    costs = [symmetric_sums(sizes[:, place].tolist(), max_conditions) for place in (0, 1)]
    costs.append([cells * comb(len(axes), number) for number in range(max_conditions + 1)])
    if all(sum(cost[1:]) <= room for cost, room in zip(costs, rooms, strict=True)):
        return None
    left = np.array(rooms, dtype=float)
    chosen: list[Choice] = []
    parts: NDArray[np.int64] = np.zeros((1, 0), dtype=np.int64)
    promise = np.zeros(1)
    for number in range(1, max_conditions + 1):
        choices = _extended(parts, len(axes))
        promises = _promises(choices, parts, promise, len(axes))
        cost = np.column_stack(
            [
                np.prod(sizes[choices, 0], axis=1),
                np.prod(sizes[choices, 1], axis=1),
                np.full(len(choices), float(cells)),
            ]
        )
        # Equal promises are told apart by the order of the attributes.
        order = np.lexsort((np.arange(len(choices)), -promises))
        room = left if number == max_conditions else left / 2
        taken = np.sort(order[_affordable(cost[order], room)])
        parts, left = choices[taken], left - cost[taken].sum(axis=0)
        chosen += map(tuple, parts.tolist())
        if number < max_conditions:
            promise = _evidence(axes, weights, limits, number, parts)
    return chosen


def _affordable(costs: NDArray[np.float64], room: NDArray[np.float64]) -> NDArray[np.int64]:
    """The places of the first choices that there is room for, without those that are too large."""
    possible = np.flatnonzero((costs <= room).all(axis=1))
    spent = np.cumsum(costs[possible], axis=0)
    return possible[(spent <= room).all(axis=1)]


def _evidence(
    axes: Sequence[Axis[Any]],
    weights: Weights,
    limits: Limits,
    number: int,
    parts: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The largest evidence of each choice in either direction."""
    plain = replace(limits, min_lift=1.0, condition_cost=0.0)
    only = Weights(weights.customers, weights.churned)
    found = np.zeros(len(parts))
    # Some at a time, as their sums are not needed again.
    for start in range(0, len(parts), 2048):
        some: Collection[Choice] = [tuple(one) for one in parts[start : start + 2048].tolist()]
        sums = Sums.of(axes, only, number, choices=some)
        for direction in DIRECTIONS:
            best = best_values(Within(sums, plain, direction), "evidence")
            by_axes = {tuple(sorted(choice)): value for choice, value in best.items()}
            own = np.array([by_axes[choice] for choice in some])
            found[start : start + len(own)] = np.maximum(found[start : start + len(own)], own)
    return found


def _combinations(count: int, size: int) -> NDArray[np.int64]:
    """All ascending choices of ``size`` from so many, shape (choices, size)."""
    choices: NDArray[np.int64] = np.zeros((1, 0), dtype=np.int64)
    for _ in range(size):
        choices = _extended(choices, count)
    return choices


def _extended(parts: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """All choices with one axis more, ascending, each once and in a fixed order."""
    others = np.tile(np.arange(count), len(parts))
    longer = np.column_stack([np.repeat(parts, count, axis=0), others])
    longer.sort(axis=1)
    is_new = (np.diff(longer, axis=1) > 0).all(axis=1)
    codes = np.unique(_codes(longer[is_new], count))
    size = longer.shape[1]
    return np.column_stack([codes // count**place % count for place in reversed(range(size))])


def _promises(
    choices: NDArray[np.int64],
    parts: NDArray[np.int64],
    promise: NDArray[np.float64],
    count: int,
) -> NDArray[np.float64]:
    """The promise of each choice: of its parts with one axis less, those that were searched."""
    known = _codes(parts, count)
    order = np.argsort(known)
    total = np.zeros(len(choices))
    for place in range(choices.shape[1]):
        code = _codes(np.delete(choices, place, axis=1), count)
        at = np.minimum(np.searchsorted(known[order], code), len(known) - 1)
        total += np.where(known[order][at] == code, promise[order][at], 0.0)
    return total


def _codes(choices: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """A number of its own for each ascending choice."""
    codes = np.zeros(len(choices), dtype=np.int64)
    for column in choices.T:
        codes = codes * count + column
    return codes
