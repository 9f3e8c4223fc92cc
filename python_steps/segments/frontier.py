"""The best rule of each size."""

from collections.abc import Sequence
from math import inf

import numpy as np

from python_steps.segments.axes import Selectors
from python_steps.segments.search import Candidate, Within
from python_steps.segments.sums import blocks


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
        for block in blocks(within.sums.axes, choice):
            places, n, k = within.of(block)
            if not len(places):
                continue
            rate = sign * k / n
            size = np.searchsorted(edges, n, side="right") - 1
            good = np.flatnonzero((rate >= bar[size]) & (size >= 0))
            if not len(good):
                continue
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
