"""Exhaustive search for the segments that leave.

The search reads the churn cube, never customers. For every choice of attributes it sums the cube
to their axes and applies to each axis the 0/1 matrix of its selectors (intervals of bands,
single values, missing). One tensor then holds the customers of every conjunction of those
selectors, another the churners, and the true optimum is a maximum over them. No beam, no
heuristics.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

Name = TypeVar("Name")


@dataclass(frozen=True)
class Axis(Generic[Name]):
    """An attribute as the search sees it.

    Attributes:
        attribute: its name.
        codes: shape (cells,), the index of each cell's band among the axis' bands.
        selectors: shape (selectors, bands), 1 where the selector includes the band.
        names: what each selector is called, in whatever terms the caller uses.
    """

    attribute: str
    codes: NDArray[np.int64]
    selectors: NDArray[np.float64]
    names: tuple[Name, ...]


@dataclass(frozen=True)
class Candidate:
    """A conjunction that the search found.

    Attributes:
        selectors: pairs of (index of the axis, index of the selector), by axis.
        customers, churned: how many it covers in the searched cells.
        quality: its weighted relative accuracy there.
    """

    selectors: tuple[tuple[int, int], ...]
    customers: int
    churned: int
    quality: float


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


def search_segments(
    axes: Sequence[Axis[Any]],
    customers: NDArray[np.int64],
    churned: NDArray[np.int64],
    *,
    max_conditions: int,
    min_customers: int,
    min_lift: float,
    keep: int,
) -> list[Candidate]:
    """The conjunctions with the highest weighted relative accuracy, best first.

    Weighted relative accuracy is the share of customers in the segment times by how much its
    churn rate exceeds the overall one (Lavrač, Flach and Zupan 1999): the churners the segment
    holds beyond its fair share, per customer.

    Args:
        axes: the attributes to combine; all ``codes`` have the same length.
        customers: shape (cells,), customers per cell.
        churned: shape (cells,), churners per cell.
        max_conditions: how many conditions a segment has at most, at least 1.
        min_customers: segments with fewer customers, or none, are left out.
        min_lift: segments whose rate is less than this many times the overall one are left out.
        keep: how many candidates to return at most.

    Returns:
        At most ``keep`` candidates by falling quality; ties go to fewer conditions, then to the
        order of axes and selectors.
    """
    total, total_churned = int(customers.sum()), int(churned.sum())
    if total == 0 or total_churned == 0:
        return []
    base_rate = total_churned / total
    subsets = [
        chosen
        for size in range(1, max_conditions + 1)
        for chosen in combinations(range(len(axes)), size)
    ]
    # Per found conjunction: its subset, its place in the subset's tensor, its figures.
    found = np.empty(0, dtype=[("subset", "i8"), ("place", "i8"), ("n", "f8"), ("k", "f8")])
    worst = -np.inf
    for number, chosen in enumerate(subsets):
        subset = [axes[index] for index in chosen]
        covered = _conjunctions(subset, customers).ravel()
        lost = _conjunctions(subset, churned).ravel()
        excess = lost - base_rate * covered
        places = np.flatnonzero(
            (covered >= max(min_customers, 1))
            & (lost >= min_lift * base_rate * covered)
            & (excess >= worst)
        )
        new = np.empty(len(places), dtype=found.dtype)
        new["subset"], new["place"] = number, places
        new["n"], new["k"] = covered[places], lost[places]
        found = np.concatenate([found, new])
        if len(found) > 2 * keep:
            found = _best(found, base_rate, keep)
            worst = float((found["k"] - base_rate * found["n"]).min())
    candidates = []
    for row in _best(found, base_rate, keep):
        chosen = subsets[row["subset"]]
        shape = tuple(len(axes[index].selectors) for index in chosen)
        place = (int(index) for index in np.unravel_index(row["place"], shape))
        candidates.append(
            Candidate(
                tuple(zip(chosen, place, strict=True)),
                int(row["n"]),
                int(row["k"]),
                float(row["k"] - base_rate * row["n"]) / total,
            )
        )
    return candidates


def _best(found: NDArray[np.void], base_rate: float, keep: int) -> NDArray[np.void]:
    """The best ``keep`` of them; ties go to the earlier subset, then the earlier place."""
    excess = found["k"] - base_rate * found["n"]
    return found[np.lexsort((found["place"], found["subset"], -excess))[:keep]]


def members(axes: Sequence[Axis[Any]], candidate: Candidate) -> NDArray[np.bool_]:
    """Which cells a candidate covers, shape (cells,)."""
    covered = np.ones(len(axes[0].codes), dtype=bool)
    for axis_index, selector_index in candidate.selectors:
        axis = axes[axis_index]
        covered &= axis.selectors[selector_index].astype(bool)[axis.codes]
    return covered


def without_idle_conditions(
    axes: Sequence[Axis[Any]],
    customers: NDArray[np.int64],
    churned: NDArray[np.int64],
    candidate: Candidate,
    *,
    min_lift: float,
    alpha: float,
) -> Candidate:
    """The candidate without conditions that do not raise its churn rate beyond chance.

    A condition is idle where those who meet it leave no more often than those who meet all others
    but not it: the one-sided exact test at alpha divided by the number of conditions that the
    attribute offered to choose from. The idlest goes first; one condition always stays, and so
    does one without which the lift would be too small.

    Args:
        axes, customers, churned: as in :func:`search_segments`.
        candidate: a conjunction that the search found.
        min_lift: as in :func:`search_segments`.
        alpha: the level of the test.

    Returns:
        The candidate with its figures, the same one where no condition is idle.

    Source: Fisher (1922).
    """
    total, total_churned = int(customers.sum()), int(churned.sum())
    while len(candidate.selectors) > 1:
        idlest, largest = None, 0.0
        for condition in candidate.selectors:
            rest = tuple(one for one in candidate.selectors if one != condition)
            covered = members(axes, replace(candidate, selectors=rest))
            size, lost = int(customers[covered].sum()), int(churned[covered].sum())
            p_value = float(
                hypergeom.sf(candidate.churned - 1, size, lost, candidate.customers)
            ) * len(axes[condition[0]].names)
            lifts = lost * total >= min_lift * total_churned * size
            if lifts and p_value >= alpha and p_value > largest:
                quality = (lost - total_churned / total * size) / total
                idlest, largest = Candidate(rest, size, lost, quality), p_value
        if idlest is None:
            break
        candidate = idlest
    return candidate


def select_distinct(
    axes: Sequence[Axis[Any]],
    customers: NDArray[np.int64],
    churned: NDArray[np.int64],
    candidates: Sequence[Candidate],
    *,
    limit: int,
    max_jaccard: float,
    min_lift: float,
    alpha: float,
) -> list[Candidate]:
    """The best candidates that do not say the same thing twice, without idle conditions.

    Goes through the candidates in order and takes each whose customers overlap with those of
    every one taken before by a Jaccard index below ``max_jaccard``, before and after its idle
    conditions are dropped.

    Args:
        axes, customers, churned: as in :func:`search_segments`.
        candidates: best first.
        limit: how many to take at most.
        max_jaccard: the overlap, intersection over union, that is too much.
        min_lift, alpha: as in :func:`without_idle_conditions`.
    """
    taken: list[Candidate] = []
    covers: list[NDArray[np.bool_]] = []

    def is_distinct(candidate: Candidate, covered: NDArray[np.bool_]) -> bool:
        return all(
            _jaccard(customers, candidate, covered, other, cover) < max_jaccard
            for other, cover in zip(taken, covers, strict=True)
        )

    for candidate in candidates:
        if len(taken) == limit:
            break
        if not is_distinct(candidate, members(axes, candidate)):
            continue
        simple = without_idle_conditions(
            axes, customers, churned, candidate, min_lift=min_lift, alpha=alpha
        )
        covered = members(axes, simple)
        if is_distinct(simple, covered):
            taken.append(simple)
            covers.append(covered)
    return taken


def _conjunctions(subset: Sequence[Axis[Any]], weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """The weight under every conjunction, one dimension of selectors per axis.

    Sums of whole numbers below 2^53 are exact in doubles, whatever their order.
    """
    shape = tuple(axis.selectors.shape[1] for axis in subset)
    place = np.ravel_multi_index(tuple(axis.codes for axis in subset), shape)
    tensor = np.bincount(place, weights=weights, minlength=int(np.prod(shape))).reshape(shape)
    for axis in subset:
        # Consumes the first dimension and appends the axis' selectors as the last one.
        tensor = np.tensordot(tensor, axis.selectors, axes=([0], [1]))
    return tensor


def _jaccard(
    customers: NDArray[np.int64],
    one: Candidate,
    one_cover: NDArray[np.bool_],
    other: Candidate,
    other_cover: NDArray[np.bool_],
) -> float:
    shared = int(customers[one_cover & other_cover].sum())
    return shared / (one.customers + other.customers - shared)
