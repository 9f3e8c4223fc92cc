"""A few of all rules: a list that a person reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from python_steps.segments.axes import Axis, Choice, Numbers, Selectors, members, on_cells
from python_steps.segments.confirmation import one_sided_p_value
from python_steps.segments.search import Candidate, Within, by_quality, quality
from python_steps.segments.sums import Block, Sums, blocks, codes_and_bands
from python_steps.statistics.cells import table_of
from python_steps.statistics.proportions import wilson_interval


def without_idle_conditions(within: Within, candidate: Candidate, *, alpha: float) -> Candidate:
    """The candidate without conditions that do not sharpen its churn rate beyond chance.

    A condition is idle where those who meet it leave (or stay) no more often than those who meet
    all others but not it: the one-sided exact test at alpha divided by the number of conditions
    that the attribute offered to choose from. The idlest goes first; one condition always stays,
    and so does one without which the segment would not be marked enough.

    Args:
        within: what was searched.
        candidate: a conjunction that the search found.
        alpha: the level of the test.

    Returns:
        The candidate with its size and churn, the same one where no condition is idle.

    Source: Fisher (1922).
    """
    sums, direction = within.sums, within.direction
    while len(candidate.selectors) > 1:
        idlest, largest = None, 0.0
        for condition in candidate.selectors:
            rest = tuple(one for one in candidate.selectors if one != condition)
            size, lost = sums.count(rest)
            p_value = one_sided_p_value(
                candidate.customers, candidate.churned, size, lost, direction
            ) * len(sums.axes[condition[0]].names)
            is_marked = within.allows(np.array(size), np.array(lost))
            if is_marked and p_value >= alpha and p_value > largest:
                idlest = replace(candidate, selectors=rest, customers=size, churned=lost)
                largest = p_value
        if idlest is None:
            break
        candidate = idlest
    return candidate


@dataclass(frozen=True)
class ListRules:
    """What makes a list of segments worth reading.

    Attributes:
        objectives: some of ``OBJECTIVES``; they take turns.
        limit: how many segments the list has at most.
        max_jaccard: the overlap of two segments, intersection over union, that is too much.
        alpha: the level of the tests by which conditions and segments must add something.
    """

    objectives: Sequence[str]
    limit: int
    max_jaccard: float
    alpha: float


def select_segments(within: Within, rules: ListRules) -> list[Candidate]:
    """A short list of segments, each of which adds to what the others say.

    Every step searches exhaustively for the best conjunction by the next objective. Quality counts
    only what lies beyond the rates of the segments taken before (of those that cover a customer,
    the sharpest), and only conjunctions count that lie beyond them by more than chance: by the
    score test at alpha over the number of attributes. What overlaps too much with a segment taken
    before is passed over, and idle conditions are dropped.

    In their order (see below) each segment must add new churners: its customers who are in none
    before must leave (or stay) more than chance allows, by the one-sided exact test at alpha. The
    others are left out.

    Args:
        within: what to search.
        rules: what the list must be.

    Returns:
        Segments by falling lower bound of their rate's 95% interval (for loyal: by rising upper
        bound), so that the sharpest come first and small ones do not profit from chance.
    """
    sums = within.sums
    if not sums.axes or not sums.varies():
        return []
    search = _ListSearch(within, rules)
    kept: list[Candidate] = []
    step, fruitless = 0, 0
    # Segments that are left out again make room for others, but not for ever.
    while (
        len(kept) < rules.limit
        and len(search.taken) < 2 * rules.limit
        and fruitless < len(rules.objectives)
    ):
        found = search.best(rules.objectives[step % len(rules.objectives)])
        if found is None:
            step, fruitless = step + 1, fruitless + 1
            continue
        search.excluded.add(found.selectors)
        simple = without_idle_conditions(within, found, alpha=rules.alpha)
        cells = np.flatnonzero(members(sums.axes, simple.selectors))
        # Without its idle conditions it may say what another one says already.
        if not search.is_similar(simple.selectors):
            step, fruitless = step + 1, 0
            search.taken.append(_Taken.of(sums, simple, cells))
            kept = search.that_add()
        search.expect(simple, cells)
    return kept[: rules.limit]


@dataclass(frozen=True)
class _Taken:
    """A segment on the list.

    Attributes:
        candidate: the segment.
        cells: the indices of the cells that it covers.
        axes, all_customers: those of the search, on these cells only.
        size: all customers of the segment.
    """

    candidate: Candidate
    cells: NDArray[np.int64]
    axes: Sequence[Axis[Any]]
    all_customers: Numbers
    size: float

    @classmethod
    def of(cls, sums: Sums, candidate: Candidate, cells: NDArray[np.int64]) -> "_Taken":
        everybody = sums.all_customers[cells]
        axes = on_cells(sums.axes, cells)
        return cls(candidate, cells, axes, everybody, float(everybody.sum()))


@dataclass(frozen=True)
class _Change:
    """What a segment taken changed of the expectations, on its own cells.

    Attributes:
        codes, bands: of all axes, its own with the selected bands only.
        selected: by axis of its conditions, those bands.
        of: by what is counted, how many more are expected to leave, shape (cells,).
    """

    codes: Sequence[NDArray[np.integer[Any]]]
    bands: Sequence[int]
    selected: Mapping[int, slice]
    of: Mapping[str, Numbers]


class _ListSearch:
    """The state of building a list.

    Attributes:
        taken: the segments so far, with the cells that they cover.
        excluded: rules that are not to be found any more.
    """

    def __init__(self, within: Within, rules: ListRules) -> None:
        self.within, self.rules = within, rules
        self.sums, self.limits, self.direction = within.sums, within.limits, within.direction
        sums = within.sums
        self.taken: list[_Taken] = []
        self.excluded: set[Selectors] = set()
        # What is counted: churners, and money where an objective wants it.
        self._counted = ["customers"]
        if "lost_balance" in rules.objectives:
            self._counted.append("lost_balance")
        # Per cell the share expected to leave: the overall one, then that of the sharpest segment
        # taken that covers it. It only moves away from the overall one, so that no conjunction's
        # quality ever rises and what it was when last looked at is a bound.
        self._expected: dict[str, Numbers] = {}
        self._overall: dict[str, float] = {}
        for name in self._counted:
            total, left = sums.weights.of(name)
            self._overall[name] = exact_share(left.sum(), total.sum())
            self._expected[name] = np.full(len(total), self._overall[name])
        # What each segment taken changed of it on its own cells, and how much of that is in the
        # tables of excess: most choices are never looked at again.
        self._changes: list[_Change] = []
        self._excess: dict[tuple[str, Choice], tuple[int, Numbers]] = {}
        self._bounds = {name: dict.fromkeys(sums.tables, inf) for name in rules.objectives}
        self._by_chance = float(norm.isf(rules.alpha / len(sums.axes))) ** 2

    def best(self, objective: str) -> Candidate | None:
        """The best conjunction beyond what is expected, or None where there is none."""
        best: Candidate | None = None
        bounds = self._bounds[objective]
        # The most promising first: the others need not be looked at once none can be better.
        for choice in sorted(bounds, key=lambda one: -bounds[one]):
            if best is not None and bounds[choice] < best.quality:
                break
            found, bounds[choice] = self._best_of(objective, choice, best)
            best = found or best
        return best

    def _best_of(
        self, objective: str, choice: Choice, best: Candidate | None
    ) -> tuple[Candidate | None, float]:
        """The best of a choice of axes, where it beats the one so far, and a bound on them all."""
        sums, counted = self.sums, "customers" if objective != "lost_balance" else objective
        cost, bound, found = self.limits.cost(choice), -inf, None
        for block in blocks(sums.axes, choice):
            places, n, k = self.within.of(block)
            if not len(places):
                continue
            beyond = self._beyond("customers", block, (places, n, k))
            expected = k - beyond
            is_surprising = beyond**2 * n >= self._by_chance * expected * (n - expected)
            is_surprising &= beyond > 0 if self.direction == "leaving" else beyond < 0
            excess = beyond
            if counted != "customers":
                excess = self._beyond(counted, block, (places, n, k))
            places, n, k = places[is_surprising], n[is_surprising], k[is_surprising]
            value = cost * quality(
                objective, self.direction, n, k, excess[is_surprising], sums.weights
            )
            while len(value):
                top = int(np.argmax(value))
                if value[top] <= 0 or (best is not None and value[top] < best.quality):
                    bound = max(bound, float(value[top]))
                    break
                selectors = block.selectors(int(places[top]))
                if selectors in self.excluded or self.is_similar(selectors):
                    self.excluded.add(selectors)
                    value[top] = -inf
                    continue
                new = Candidate(selectors, int(n[top]), int(k[top]), float(value[top]))
                bound = max(bound, new.quality)
                if best is None or by_quality(new) < by_quality(best):
                    best = found = new
                break
        return found, bound

    def is_similar(self, selectors: Selectors) -> bool:
        """Whether a conjunction shares too much with a segment taken."""
        if not self.taken:
            return False
        size, most = self.sums.size(selectors), self.rules.max_jaccard
        for other in self.taken:
            # The index is at most the ratio of the sizes.
            if min(size, other.size) >= most * max(size, other.size):
                shared = float(other.all_customers @ members(other.axes, selectors))
                if shared >= most * (size + other.size - shared):
                    return True
        return False

    def expect(self, candidate: Candidate, cells: NDArray[np.int64]) -> None:
        """Expect of a segment's cells that they leave at its rate, where that is sharper."""
        axes = list(on_cells(self.sums.axes, cells))
        # Its own axes have only the bands that it selects: the tables are smaller by as much.
        selected: dict[int, slice] = {}
        for index, selector in candidate.selectors:
            bands = np.flatnonzero(axes[index].selectors[selector])
            selected[index] = slice(int(bands[0]), int(bands[-1]) + 1)
            axes[index] = replace(
                axes[index],
                codes=axes[index].codes - bands[0],
                selectors=axes[index].selectors[:, selected[index]],
            )
        sharper = np.maximum if self.direction == "leaving" else np.minimum
        changes = {}
        for name in self._counted:
            total, left = (one[cells] for one in self.sums.weights.of(name))
            before = self._expected[name][cells]
            after = sharper(before, exact_share(left.sum(), total.sum()))
            self._expected[name][cells] = after
            changes[name] = (after - before) * total
        self._changes.append(_Change(*codes_and_bands(axes), selected, changes))

    def _beyond(
        self, name: str, block: Block, found: tuple[NDArray[np.int64], Numbers, Numbers]
    ) -> Numbers:
        """What left of some of a block's conjunctions beyond what is expected."""
        if name == "customers" and not self._changes:
            return found[2] - self._overall[name] * found[1]
        excess = block.sums(self.sums.axes, self._excess_of(name, block.choice)[None])
        beyond: Numbers = excess[0, found[0]]
        return beyond

    def _excess_of(self, name: str, choice: Choice) -> Numbers:
        """What left beyond what is expected, by the bands of a choice of axes."""
        if (name, choice) not in self._excess:
            table = self.sums.tables[choice]
            first = Sums.CUSTOMERS if name == "customers" else Sums.BALANCE
            excess = table[first + 1] - self._overall[name] * table[first]
            self._excess[name, choice] = 0, excess
        seen, excess = self._excess[name, choice]
        for change in self._changes[seen:]:
            bands_of = tuple(change.selected.get(index, slice(None)) for index in choice)
            table = table_of(change.codes, change.bands, choice, [change.of[name]])
            excess[bands_of] -= table[0]
        self._excess[name, choice] = len(self._changes), excess
        return excess

    def that_add(self) -> list[Candidate]:
        """In order, those whose customers beyond the ones before leave (or stay) markedly."""
        weights = self.sums.weights
        everyone, left = int(weights.customers.sum()), int(weights.churned.sum())
        seen = np.zeros(len(weights.customers), dtype=bool)
        kept = []
        for one in sorted(self.taken, key=lambda one: self._place(one.candidate)):
            new = one.cells[~seen[one.cells]]
            size, churned = int(weights.customers[new].sum()), int(weights.churned[new].sum())
            p_value = one_sided_p_value(size, churned, everyone, left, self.direction)
            if size and p_value < self.rules.alpha:
                kept.append(one.candidate)
                seen[one.cells] = True
        return kept

    def _place(self, candidate: Candidate) -> tuple[float, int, Selectors]:
        low, high = wilson_interval(candidate.churned, candidate.customers)
        bound = -low if self.direction == "leaving" else high
        return bound, -candidate.customers, candidate.selectors


def exact_share(part: float, whole: float) -> float:
    """A share as a multiple of 2^-20, so that its products with whole numbers are exact."""
    return round(part / whole * 2**20) / 2**20 if whole else 0.0
