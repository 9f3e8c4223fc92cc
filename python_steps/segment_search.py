"""Exhaustive search for the segments that leave, and for those that stay.

The search reads the churn cube, never customers. For every choice of attributes it sums the cube
to their axes and applies to each axis the 0/1 matrix of its selectors (intervals of bands, single
values, missing). One tensor then holds the customers of every conjunction of those selectors,
another the churners, and the true optimum is a maximum over them. No beam, no heuristics.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import inf, prod
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import hypergeom, norm

from python_steps.segment_rules import Direction
from python_steps.statistical_tests import wilson_interval

Name = TypeVar("Name")
Numbers = NDArray[np.float64]
# Pairs of (index of the axis, index of the selector), by axis.
Selectors = tuple[tuple[int, int], ...]
# Some axes, by index.
Choice = tuple[int, ...]

OBJECTIVES = ("weighted_relative_accuracy", "evidence", "lift", "lost_balance")
# Conjunctions in memory at once, so that memory does not grow with the number of bands.
BLOCK = 1 << 19
# Conjunctions remembered between the steps of a list, 24 bytes each.
REMEMBERED = 1 << 24
# A table of all bands with more elements than this is never made.
LARGEST_TABLE = 1 << 22
# The tables of all choices of axes have at most so many elements, 8 bytes for each thing summed.
LARGEST_SUMS = 1 << 24


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


@dataclass(frozen=True)
class Limits:
    """What a segment must be.

    Attributes:
        min_customers: how many customers it has at least; at least 1.
        min_lift: a leaving segment's rate is at least this many times the overall one, the
            overall rate at least this many times a loyal segment's.
        condition_cost: the share of the quality that every condition after the first costs, so
            that a longer rule must be better by as much.
    """

    min_customers: float
    min_lift: float
    condition_cost: float = 0.0

    def cost(self, choice: Choice) -> float:
        """What remains of the quality of rules with conditions on some axes."""
        return float((1 - self.condition_cost) ** (len(choice) - 1))


@dataclass(frozen=True)
class Candidate:
    """A conjunction that the search found.

    Attributes:
        selectors: pairs of (index of the axis, index of the selector), by axis.
        customers, churned: how many it covers in the searched cells.
        quality: how good it is by the objective that found it.
    """

    selectors: Selectors
    customers: int
    churned: int
    quality: float

    @property
    def churn_rate(self) -> float:
        """Its churn rate in the searched cells."""
        return self.churned / self.customers


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
    return _symmetric_sum([len(axis.selectors) for axis in axes], max_conditions)


def sums_size(axes: Sequence[Axis[Any]], max_conditions: int) -> int:
    """How many combinations of bands all choices of at most ``max_conditions`` axes have."""
    return _symmetric_sum([axis.selectors.shape[1] for axis in axes], max_conditions)


def _symmetric_sum(counts: Sequence[int], most: int) -> int:
    """The sum of the products of every choice of 1 to ``most`` of the counts."""
    sums = [1] + [0] * most
    for count in counts:
        for size in range(most, 0, -1):
            sums[size] += sums[size - 1] * count
    return sum(sums[1:])


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
        tables = _tables(axes, stack, max_conditions, _widest_first(axes))
        return cls(axes, weights, everybody, max_conditions, tables)

    def varies(self) -> bool:
        """Whether some left and some stayed: otherwise no segment differs from the rest."""
        return bool(0 < self.weights.churned.sum() < self.weights.customers.sum())

    def count(self, selectors: Selectors) -> tuple[int, int, int]:
        """Customers, churners and all customers under a conjunction."""
        chosen = dict(selectors)
        choice = tuple(one for one in reversed(_widest_first(self.axes)) if one in chosen)
        table = self.tables[choice][:3]
        for axis in choice:
            table = np.tensordot(table, self.axes[axis].selectors[chosen[axis]], axes=([1], [0]))
        customers, churned, everybody = (int(one) for one in table)
        return customers, churned, everybody


class Within:
    """The conjunctions of one direction that are within the limits.

    They are what every later step looks at, so they are remembered, up to ``REMEMBERED``.

    Attributes:
        sums: what to search.
        limits: what a segment must be.
        direction: segments that leave, or that stay.
    """

    def __init__(self, sums: Sums, limits: Limits, direction: Direction) -> None:
        self.sums, self.limits, self.direction = sums, limits, direction
        self._base_rate = sums.weights.base_rate
        self._known: dict[_Block, tuple[NDArray[np.int64], Numbers, Numbers]] = {}
        self._room = REMEMBERED

    def allows(self, customers: NDArray[Any], churned: NDArray[Any]) -> NDArray[np.bool_]:
        """Which of some segments are large enough and leave, or stay, markedly enough."""
        enough: NDArray[np.bool_] = customers >= max(self.limits.min_customers, 1)
        expected, lift = self._base_rate * customers, self.limits.min_lift
        if self.direction == "leaving":
            return enough & (churned >= lift * expected)
        return enough & (lift * churned <= expected)

    def of(self, block: "_Block") -> tuple[NDArray[np.int64], Numbers, Numbers]:
        """The places of a block's conjunctions that are within, their customers and churners."""
        if block in self._known:
            return self._known[block]
        n, k = block.sums(self.sums.axes, self.sums.tables[block.choice][:2])
        places = np.flatnonzero(self.allows(n, k))
        result = places, n[places], k[places]
        if len(places) <= self._room:
            self._room -= len(places)
            self._known[block] = result
        return result


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


def quality(
    objective: str,
    direction: Direction,
    customers: Numbers,
    churned: Numbers,
    excess: Numbers,
    weights: Weights,
) -> Numbers:
    """How good conjunctions are; 0 or less where they leave (or stay) no more than expected.

    ``excess`` is what left beyond expectation: churners or, for ``lost_balance``, money. Expected
    is the overall rate or, where other segments are known already, theirs.

    - ``weighted_relative_accuracy``: the excess as a share of all customers, which without other
      segments is n / N (rate - overall rate) (Lavrač, Flach and Zupan 1999).
    - ``lift``: the excess per customer in overall rates, which is the lift minus 1.
    - ``lost_balance``: the excess in money.
    - ``evidence``: the log-likelihood ratio of the segment's own rate against the expected one,
      n times their Kullback-Leibler divergence, as in scan statistics (Kulldorff 1997).

    Args:
        objective: one of ``OBJECTIVES``.
        direction: loyal turns the sign of the excess.
        customers, churned, excess: of each conjunction.
        weights: what was searched.
    """
    signed = excess if direction == "leaving" else -excess
    if objective == "weighted_relative_accuracy":
        return signed / float(weights.customers.sum())
    if objective == "lift":
        return signed / (customers * weights.base_rate)
    if objective == "lost_balance":
        return signed
    expected = churned - excess
    stayed = customers - churned
    with np.errstate(divide="ignore", invalid="ignore"):
        evidence = xlogy(churned, churned / expected) + xlogy(
            stayed, stayed / (customers - expected)
        )
    return np.where(signed > 0, evidence, np.minimum(signed, 0.0))


def search_segments(within: Within, *, objective: str, keep: int) -> list[Candidate]:
    """The best conjunctions by one objective, best first.

    Args:
        within: what to search.
        objective: one of ``OBJECTIVES``.
        keep: how many to return at most.

    Returns:
        At most ``keep`` candidates of positive quality by falling quality; ties go to fewer
        conditions, then to a fixed order. None where nobody left or everybody.
    """
    sums, weights = within.sums, within.sums.weights
    if not sums.varies():
        return []
    best = _Best(keep)
    total, left = weights.of(objective)
    share = left.sum() / total.sum()
    for choice, table in sums.tables.items():
        cost = within.limits.cost(choice)
        for block in _blocks(sums.axes, choice):
            places, n, k = within.of(block)
            if objective == "lost_balance":
                money = block.sums(sums.axes, table[Sums.BALANCE :])[:, places]
                excess = money[1] - share * money[0]
            else:
                excess = k - share * n
            value = cost * quality(objective, within.direction, n, k, excess, weights)
            good = np.flatnonzero((value >= best.worst) & (value > 0))
            for one in good[np.argsort(-value[good], kind="stable")[:keep]]:
                selectors = block.selectors(int(places[one]))
                best.add(Candidate(selectors, int(n[one]), int(k[one]), float(value[one])))
    return best.sorted()


class _Best:
    """The best candidates so far, few enough to hold."""

    def __init__(self, keep: int) -> None:
        self.keep = keep
        self.worst = -inf
        self._held: list[Candidate] = []

    def add(self, candidate: Candidate) -> None:
        if self.keep < 1:
            return
        self._held.append(candidate)
        if len(self._held) >= 2 * self.keep:
            self._held = self.sorted()
            self.worst = self._held[-1].quality

    def sorted(self) -> list[Candidate]:
        return sorted(self._held, key=_order)[: self.keep]


def _order(candidate: Candidate) -> tuple[float, int, Selectors]:
    return -candidate.quality, len(candidate.selectors), candidate.selectors


def frontier(within: "Within", *, sizes: Sequence[float]) -> list[Candidate]:
    """The best rule of each size: nothing larger has a rate as extreme.

    Args:
        within: what to search; ``condition_cost`` plays no part.
        sizes: where classes of sizes begin, ascending. Of each class the rule with the highest
            rate (lowest, for loyal) is found; ties go to more customers, then fewer conditions.

    Returns:
        The rules, the largest first, without those that a larger one equals. ``quality`` is the
        rate, negative for loyal.
    """
    if not within.sums.varies():
        return []
    edges = np.asarray(sizes, dtype=float)
    best: dict[int, Candidate] = {}
    bar = np.full(len(edges), -inf)
    sign = 1 if within.direction == "leaving" else -1
    for choice in within.sums.tables:
        for block in _blocks(within.sums.axes, choice):
            places, n, k = within.of(block)
            rate = sign * k / n
            size = np.searchsorted(edges, n, side="right") - 1
            good = np.flatnonzero((rate >= bar[size]) & (size >= 0))
            for one in np.unique(size[good]).tolist():
                inside = good[size[good] == one]
                # The highest rate first, then the most customers.
                top = inside[np.lexsort((-n[inside], -rate[inside]))[0]]
                selectors = block.selectors(int(places[top]))
                new = Candidate(selectors, int(n[top]), int(k[top]), float(rate[top]))
                if one not in best or _frontier_order(new) < _frontier_order(best[one]):
                    best[one], bar[one] = new, new.quality
    kept: list[Candidate] = []
    for number in sorted(best, reverse=True):
        if not kept or best[number].quality > kept[-1].quality:
            kept.append(best[number])
    return kept


def _frontier_order(candidate: Candidate) -> tuple[float, int, int, Selectors]:
    rate, number = candidate.quality, len(candidate.selectors)
    return -rate, -candidate.customers, number, candidate.selectors


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
            size, lost, _ = sums.count(rest)
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


def on_cells(axes: Sequence[Axis[Any]], cells: NDArray[np.int64]) -> Sequence[Axis[Any]]:
    """The axes on some of the cells only."""
    return [replace(axis, codes=axis.codes[cells]) for axis in axes]


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
        self._excess: dict[str, dict[Choice, Numbers]] = {}
        for name in self._counted:
            total, left = sums.weights.of(name)
            share = _share(left.sum(), total.sum())
            self._expected[name] = np.full(len(total), share)
            first = Sums.CUSTOMERS if name == "customers" else Sums.BALANCE
            self._excess[name] = {
                choice: table[first + 1] - share * table[first]
                for choice, table in sums.tables.items()
            }
        self._order = _widest_first(sums.axes)
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
        for block in _blocks(sums.axes, choice):
            places, n, k = self.within.of(block)
            beyond = block.sums(sums.axes, self._excess["customers"][choice][None])[0, places]
            expected = k - beyond
            is_surprising = beyond**2 * n >= self._by_chance * expected * (n - expected)
            is_surprising &= beyond > 0 if self.direction == "leaving" else beyond < 0
            excess = beyond
            if counted != "customers":
                excess = block.sums(sums.axes, self._excess[counted][choice][None])[0, places]
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
                if best is None or _order(new) < _order(best):
                    best = found = new
                break
        return found, bound

    def is_similar(self, selectors: Selectors) -> bool:
        """Whether a conjunction shares too much with a segment taken."""
        if not self.taken:
            return False
        size, most = self.sums.count(selectors)[2], self.rules.max_jaccard
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
        selected = {index: slice(None) for index in range(len(axes))}
        for index, selector in candidate.selectors:
            bands = np.flatnonzero(axes[index].selectors[selector])
            selected[index] = slice(int(bands[0]), int(bands[-1]) + 1)
            axes[index] = replace(
                axes[index],
                codes=axes[index].codes - bands[0],
                selectors=axes[index].selectors[:, selected[index]],
            )
        sharper = np.maximum if self.direction == "leaving" else np.minimum
        for name in self._counted:
            total, left = (one[cells] for one in self.sums.weights.of(name))
            before = self._expected[name][cells]
            after = sharper(before, _share(left.sum(), total.sum()))
            self._expected[name][cells] = after
            change = (after - before) * total
            tables = _tables(axes, [change], self.sums.max_conditions, self._order)
            for choice, table in tables.items():
                bands_of = tuple(selected[index] for index in choice)
                self._excess[name][choice][bands_of] -= table[0]

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


def _share(part: float, whole: float) -> float:
    return _exact(part / whole) if whole else 0.0


def _exact(share: float) -> float:
    """A share as a multiple of 2^-20, so that its products with whole numbers are exact."""
    return round(share * 2**20) / 2**20


def _tables(
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


def _widest_first(axes: Sequence[Axis[Any]]) -> Choice:
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
class _Block:
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


def _blocks(axes: Sequence[Axis[Any]], choice: Choice) -> Iterator[_Block]:
    """All conjunctions of a choice of axes, in pieces of bounded size."""
    counts = [len(axes[index].selectors) for index in choice]
    if prod(counts) <= BLOCK:
        yield _Block(choice, (0,) * len(choice), tuple(counts))
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
        yield _Block(choice, starts, lengths)
