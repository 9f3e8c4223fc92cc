"""Exhaustive search for the conjunctions that leave, and for those that stay.

The true optimum is a maximum over all conjunctions of the choices of attributes that are searched
(``sums``): all there are, but for very many attributes (``extent``).
"""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from python_steps.segments.axes import Choice, Numbers, Selectors, Weights
from python_steps.segments.rules import Direction
from python_steps.segments.sums import Block, Sums, blocks

OBJECTIVES = ("weighted_relative_accuracy", "evidence", "lift", "lost_balance")
# Conjunctions remembered between the steps of a list, 24 bytes each.
REMEMBERED = 1 << 24


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

    def allow(
        self,
        direction: Direction,
        customers: NDArray[Any],
        churned: NDArray[Any],
        base_rate: NDArray[Any] | float,
    ) -> NDArray[np.bool_]:
        """Which of some segments are large enough and leave, or stay, markedly enough."""
        enough: NDArray[np.bool_] = customers >= max(self.min_customers, 1)
        expected = base_rate * customers
        if direction == "leaving":
            return enough & (churned >= self.min_lift * expected)
        return enough & (self.min_lift * churned <= expected)


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
        self._known: dict[Block, tuple[NDArray[np.int64], Numbers, Numbers]] = {}
        self._room = REMEMBERED

    def allows(self, customers: NDArray[Any], churned: NDArray[Any]) -> NDArray[np.bool_]:
        """Which of some segments are within the limits."""
        return self.limits.allow(self.direction, customers, churned, self._base_rate)

    def of(self, block: "Block") -> tuple[NDArray[np.int64], Numbers, Numbers]:
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
    for choice in sums.tables:
        cost = within.limits.cost(choice)
        for block in blocks(sums.axes, choice):
            places, n, k = within.of(block)
            excess = _excess(sums, objective, block, (places, n, k), share)
            value = cost * quality(objective, within.direction, n, k, excess, weights)
            good = np.flatnonzero((value >= best.worst) & (value > 0))
            for one in good[np.argsort(-value[good], kind="stable")[:keep]]:
                selectors = block.selectors(int(places[one]))
                best.add(Candidate(selectors, int(n[one]), int(k[one]), float(value[one])))
    return best.sorted()


def _excess(
    sums: Sums,
    objective: str,
    block: Block,
    found: tuple[NDArray[np.int64], Numbers, Numbers],
    share: float,
) -> Numbers:
    """What left of some of a block's conjunctions beyond a share of what they hold."""
    places, n, k = found
    if objective == "lost_balance":
        n, k = block.sums(sums.axes, sums.tables[block.choice][Sums.BALANCE :])[:, places]
    return k - share * n


def best_values(within: Within, objective: str) -> dict[Choice, float]:
    """The largest quality of each choice of axes; 0 or less where nothing within is any good."""
    sums, best = within.sums, {}
    total, left = sums.weights.of(objective)
    share = left.sum() / max(total.sum(), 1)
    for choice in sums.tables:
        largest = 0.0
        for block in blocks(sums.axes, choice):
            places, n, k = within.of(block)
            if len(places):
                excess = _excess(sums, objective, block, (places, n, k), share)
                value = quality(objective, within.direction, n, k, excess, sums.weights)
                largest = max(largest, float(value.max()))
        best[choice] = within.limits.cost(choice) * largest
    return best


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
        return sorted(self._held, key=by_quality)[: self.keep]


def by_quality(candidate: Candidate) -> tuple[float, int, Selectors]:
    """A key that sorts candidates: the best first, then the shorter, then a fixed order."""
    return -candidate.quality, len(candidate.selectors), candidate.selectors
