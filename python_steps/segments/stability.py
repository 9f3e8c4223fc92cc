"""How often segments come back when the search is repeated, and what chance would find."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from python_steps.segments.axes import Axis, Choice, Selectors, Weights, members, on_cells
from python_steps.segments.cells import Cells, covered_cells, limits_of
from python_steps.segments.extent import searched_choices
from python_steps.segments.find import listed
from python_steps.segments.rules import DIRECTIONS, Direction
from python_steps.segments.search import Limits, Within, best_values, quality, search_segments
from python_steps.segments.sums import Sums

# A segment comes back where a new one shares at least this part of their union with it.
SAME_SEGMENT_JACCARD = 0.5
# Up to so many combinations of attributes are all searched again, and a share of more: with ten
# halves one in forty, so that all halves together take no longer than the search.
LEAST_RIVALS = 1000


def segment_robustness(
    table: pd.DataFrame,
    bands: Sequence[Mapping[str, Any]],
    segments: Sequence[Mapping[str, Any]],
    extent: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """How often the discovered segments come back, and whether chance alone would find the like.

    Args:
        table: ``int_segment_cells``.
        bands: rows of ``int_bands``.
        segments: the discovered rows of ``int_risk_segments`` that are in the list.
        extent: rows of ``int_search_extent``.
        settings: the dbt vars that the model passes on.

    Returns:
        A row per segment: ``segment_id``; ``stability``, the share of ``segment_splits`` random
        halves of the customers in which the search finds a segment again that shares at least half
        of their union with it (of many combinations of attributes, the search is repeated among
        those that show most: see ``LEAST_RIVALS``); ``search_p_value``, the share of
        ``segment_permutations`` shuffles of the churn labels of the discovery half in which any
        conjunction has as much evidence, counting the real labels as one more (Westfall and Young
        1993). NaN where the number of splits, or of shuffles, is 0.
    """
    cells = Cells.of(table, bands, settings)
    covers = [_Cover.of(cells, segment) for segment in segments]
    choices = searched_choices(extent, cells.axes)
    search = _Search(cells, limits_of(cells, settings), settings, covers, choices)
    seed = settings["random_seed"]
    splits = range(settings["segment_splits"])
    shuffles = range(settings["segment_permutations"])
    again = np.zeros(len(segments))
    rivals = search.rivals()
    for number in splits:
        again += search.finds_again(rivals, np.random.default_rng([seed, 1, number]))
    # The real labels are one of the shuffles.
    reached = np.ones(len(segments))
    evidence = [_evidence(cells, one) for one in covers]
    for number in shuffles:
        chance = search.best_by_chance(np.random.default_rng([seed, 2, number]))
        reached += [chance[one.direction] >= own for one, own in zip(covers, evidence, strict=True)]
    return pd.DataFrame(
        {
            "segment_id": pd.Series([one["segment_id"] for one in segments], dtype=str),
            "stability": again / len(splits) if splits else np.nan,
            "search_p_value": reached / (1 + len(shuffles)) if shuffles else np.nan,
        }
    ).astype({"stability": float, "search_p_value": float})


@dataclass(frozen=True)
class _Cover:
    """What a discovered segment covers.

    Attributes:
        direction: of the segment.
        cells: the indices of its cells.
        axes: those of the search, on these cells only.
        customers: theirs, of both halves.
        choice: the axes of its conditions.
    """

    direction: Direction
    cells: NDArray[np.int64]
    axes: Sequence[Axis[Any]]
    customers: NDArray[np.float64]
    choice: Choice

    @classmethod
    def of(cls, cells: Cells, segment: Mapping[str, Any]) -> "_Cover":
        own = np.flatnonzero(covered_cells(cells, segment["bands"]))
        named = json.loads(segment["bands"])
        choice = [place for place, axis in enumerate(cells.axes) if axis.attribute in named]
        axes = on_cells(cells.axes, own)
        return cls(segment["direction"], own, axes, cells.customers[own], tuple(choice))

    def jaccard(self, selectors: Selectors, size: float) -> float:
        """The customers shared with a conjunction of so many, as a share of their union."""
        shared = float(self.customers @ members(self.axes, selectors))
        either = float(self.customers.sum()) + size - shared
        return shared / either if either else 1.0


@dataclass(frozen=True)
class _Search:
    """The search that is repeated.

    Attributes:
        cells: what was searched.
        limits, settings: those of the search.
        covers: what its segments cover.
        choices: the choices of axes that it looked at; None stands for all.
    """

    cells: Cells
    limits: Limits
    settings: Mapping[str, Any]
    covers: Sequence[_Cover]
    choices: Sequence[Choice] | None

    def rivals(self) -> Sequence[Choice] | None:
        """The choices of axes among which it is repeated on halves; None stands for all.

        All halves together then take no longer than the search. A choice that shows little on all
        customers would have to be lucky to push a segment out of a half's list.
        """
        splits = self.settings["segment_splits"]
        if self.choices is None:
            axes, sizes = len(self.cells.axes), range(1, self.settings["max_conditions"] + 1)
            count = sum(comb(axes, size) for size in sizes)
        else:
            count = len(self.choices)
        keep = max(LEAST_RIVALS, count // (4 * max(splits, 1)))
        if count <= keep or not splits or not self.covers:
            return self.choices
        sums = self._sums(self.cells.everybody, self.choices)
        # The limits are those of a half.
        whole = replace(self.limits, min_customers=2 * self.limits.min_customers)
        kept = {cover.choice for cover in self.covers}
        objectives = self.settings["segment_objectives"]
        for direction in DIRECTIONS:
            within = Within(sums, whole, direction)
            for objective in objectives:
                best = best_values(within, objective)
                ranked = sorted(best, key=lambda one: (-best[one], one))
                kept.update(tuple(sorted(one)) for one in ranked[: keep // (2 * len(objectives))])
        return sorted(kept)

    def finds_again(
        self, rivals: Sequence[Choice] | None, random: np.random.Generator
    ) -> NDArray[np.float64]:
        """1 for each segment that is found again on a random half of all customers, else 0."""
        sums = self._sums(_random_half(self.cells.everybody, random), rivals)
        back = np.zeros(len(self.covers))
        for direction in {cover.direction for cover in self.covers}:
            found = listed(Within(sums, self.limits, direction), self.settings)
            sizes = [sums.size(one.selectors) for one in found]
            for place, cover in enumerate(self.covers):
                if cover.direction == direction:
                    back[place] = any(
                        cover.jaccard(one.selectors, size) >= SAME_SEGMENT_JACCARD
                        for one, size in zip(found, sizes, strict=True)
                    )
        return back

    def best_by_chance(self, random: np.random.Generator) -> dict[Direction, float]:
        """The largest evidence that any conjunction has where the labels are shuffled."""
        weights = self.cells.discovery
        customers = weights.customers.astype(np.int64)
        churned = random.multivariate_hypergeometric(
            customers, int(weights.churned.sum()), method="marginals"
        )
        sums = self._sums(Weights(weights.customers, churned.astype(float)), self.choices)
        plain = replace(self.limits, condition_cost=0.0)
        best = {}
        for direction in DIRECTIONS:
            found = search_segments(Within(sums, plain, direction), objective="evidence", keep=1)
            best[direction] = found[0].quality if found else 0.0
        return best

    def _sums(self, weights: Weights, choices: Sequence[Choice] | None) -> Sums:
        most = self.settings["max_conditions"]
        return Sums.of(self.cells.axes, weights, most, self.cells.customers, choices)


def _random_half(everybody: Weights, random: np.random.Generator) -> Weights:
    """Every customer with probability one half; their balance in proportion."""
    customers, churned = everybody.customers, everybody.churned
    drawn_churned = random.binomial(churned.astype(np.int64), 0.5).astype(float)
    drawn_stayed = random.binomial((customers - churned).astype(np.int64), 0.5).astype(float)

    drawn = drawn_churned + drawn_stayed
    if everybody.balance is None or everybody.lost_balance is None:
        return Weights(drawn, drawn_churned)
    lost_balance = np.floor(everybody.lost_balance * drawn_churned / np.maximum(churned, 1))
    balance = np.floor(everybody.balance * drawn / np.maximum(customers, 1))
    return Weights(drawn, drawn_churned, np.maximum(balance, lost_balance), lost_balance)


def _evidence(cells: Cells, cover: _Cover) -> float:
    """The evidence of the covered cells on the discovery half, against the overall rate."""
    weights = cells.discovery
    customers, churned = (np.array([one[cover.cells].sum()]) for one in weights.of("evidence"))
    excess = churned - weights.base_rate * customers
    return float(quality("evidence", cover.direction, customers, churned, excess, weights)[0])
