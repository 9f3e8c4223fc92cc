"""How often segments come back on other halves of the customers, and what chance would find."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from python_steps.segments.axes import (
    Axis,
    Choice,
    Numbers,
    Selectors,
    Weights,
    members,
    on_cells,
)
from python_steps.segments.cells import Cells, covered_cells, limits_of
from python_steps.segments.extent import searched_choices
from python_steps.segments.rules import DIRECTIONS, Direction, rule_sql, segment_name
from python_steps.segments.search import Limits, Within, best_values, quality, search_segments
from python_steps.segments.selection import exact_share
from python_steps.segments.sums import Sums, blocks, codes_and_bands
from python_steps.statistics.cells import table_of
from python_steps.statistics.proportions import wilson_interval

# A segment comes back where a new one shares at least this part of their union with it.
SAME_SEGMENT_JACCARD = 0.5
# The customers are drawn into so many groups, of which halves are made.
GROUPS = 20
# A rule that shows less than this part of what the best one shows would not win on a half.
WITHIN_REACH = 0.5
# So many rules like a segment, and so many others, contend for its place on the halves.
CONTENDERS = 50
CELLS_AT_ONCE = 1 << 16
_TEXTS = ("segment_id", "similar_segment", "similar_segment_ru")


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
        A row per segment: ``segment_id``; ``stability``, ``stability_low`` and ``stability_high``:
        the share of ``segment_splits`` random halves of the customers, with Wilson's interval of
        such a share, in which the best rule beyond what the other listed segments of its direction
        explain shares at least half of their union with it; ``similar_segment``,
        ``similar_segment_ru`` and ``similar_segment_share``, of other rules that were the best in a
        half the one that shares most with it, and what part of their union, empty and NaN where
        there is none; ``search_p_value``, the share of
        ``segment_permutations`` shuffles of the churn labels of the discovery half in which any
        conjunction has as much evidence, counting the real labels as one more (Westfall and Young
        1993). NaN where the number of splits, or of shuffles, is 0.
    """
    cells = Cells.of(table, bands, settings)
    covers = [_Cover.of(cells, segment) for segment in segments]
    choices = searched_choices(extent, cells.axes)
    search = _Search(cells, limits_of(cells, settings), settings, covers, choices)
    seed = settings["random_seed"]
    splits = settings["segment_splits"]
    shuffles = range(settings["segment_permutations"])
    again = np.zeros(len(segments), dtype=np.int64)
    winners: Sequence[set[Selectors]] = [set() for _ in segments]
    if splits and covers:
        again, winners = search.come_back(np.random.default_rng([seed, 1]))
    similar = [
        search.most_similar(cover, rules, segment["rule_sql"])
        for cover, rules, segment in zip(covers, winners, segments, strict=True)
    ]
    ends = [wilson_interval(one, splits) for one in again.tolist()] if splits else []
    # The real labels are one of the shuffles.
    reached = np.ones(len(segments))
    evidence = [_evidence(cells, one) for one in covers]
    for number in shuffles:
        chance = search.best_by_chance(np.random.default_rng([seed, 2, number]))
        reached += [chance[one.direction] >= own for one, own in zip(covers, evidence, strict=True)]
    none = np.full(len(segments), np.nan)
    columns = {
        "segment_id": pd.Series([one["segment_id"] for one in segments], dtype=str),
        "stability": again / splits if splits else none,
        "stability_low": [low for low, _ in ends] if splits else none,
        "stability_high": [high for _, high in ends] if splits else none,
        "similar_segment": pd.Series([name for name, _, _ in similar], dtype=str),
        "similar_segment_ru": pd.Series([name for _, name, _ in similar], dtype=str),
        "similar_segment_share": [share for *_, share in similar],
        "search_p_value": reached / (1 + len(shuffles)) if shuffles else none,
    }
    numbers = [name for name in columns if name not in _TEXTS]
    return pd.DataFrame(columns).astype(dict.fromkeys(numbers, float))


@dataclass(frozen=True)
class _Cover:
    """What a discovered segment covers.

    Attributes:
        direction: of the segment.
        cells: the indices of its cells.
        axes: those of the search, on these cells only.
        customers: theirs, of both halves.
    """

    direction: Direction
    cells: NDArray[np.int64]
    axes: Sequence[Axis[Any]]
    customers: NDArray[np.float64]

    @classmethod
    def of(cls, cells: Cells, segment: Mapping[str, Any]) -> "_Cover":
        own = np.flatnonzero(covered_cells(cells, segment["bands"]))
        axes = on_cells(cells.axes, own)
        return cls(segment["direction"], own, axes, cells.customers[own])

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

    def come_back(
        self, random: np.random.Generator
    ) -> tuple[NDArray[np.int64], Sequence[set[Selectors]]]:
        """On how many random halves of all customers each segment is found again.

        Returns:
            Shape (segments,); and for each segment the rules that were the best in a half.

        Nothing is searched again: the rules that could win a segment's place are found once, on all
        customers, and counted in every group of them. A half is half of the groups, and its counts
        are sums of theirs.
        """
        everybody, splits = self.cells.everybody, self.settings["segment_splits"]
        groups = _in_groups(everybody, random)
        chosen = np.argsort(random.random((splits, GROUPS)), axis=1) < GROUPS // 2
        halves = chosen.T.astype(float)
        sums = self._sums(everybody, self.choices)
        whole = replace(self.limits, min_customers=2 * self.limits.min_customers)
        back = np.zeros((len(self.covers), splits), dtype=bool)
        winners: list[set[Selectors]] = [set() for _ in self.covers]
        for direction in sorted({cover.direction for cover in self.covers}):
            within = Within(sums, whole, direction)
            for objective in self.settings["segment_objectives"]:
                bounds = best_values(within, objective)
                for place, cover in enumerate(self.covers):
                    if cover.direction == direction:
                        expected = self._expected(place, objective)
                        contest = _Contest(within, self.limits, objective, expected, cover)
                        won, best = contest.won(bounds, groups, halves)
                        back[place] |= won
                        winners[place] |= best
        found: NDArray[np.int64] = back.sum(axis=1)
        return found, winners

    def most_similar(
        self, cover: _Cover, rules: set[Selectors], own_sql: str
    ) -> tuple[str, str, float]:
        """Of some rules the one that shares most with a segment and is another one.

        Args:
            cover: what the segment covers.
            rules: what :meth:`come_back` gave.
            own_sql: the segment's rule.

        Returns:
            Its name in English and in Russian, and the part of their union that both share.
        """
        found = ("", "", np.nan)
        most = 0.0
        for rule in sorted(rules, key=lambda one: (len(one), one)):
            conditions = [self.cells.axes[axis].names[place] for axis, place in rule]
            if rule_sql(conditions) == own_sql:
                continue
            size = float(self.cells.customers @ members(self.cells.axes, rule))
            if (share := cover.jaccard(rule, size)) > most:
                most = share
                found = (segment_name(conditions, "en"), segment_name(conditions, "ru"), share)
        return found

    def _expected(self, place: int, objective: str) -> Numbers:
        """Per cell the share that leaves by the other segments of the direction, or by all."""
        own, everybody = self.covers[place], self.cells.everybody
        total, left = everybody.of(objective)
        expected = np.full(len(total), exact_share(left.sum(), total.sum()))
        sharper = np.maximum if own.direction == "leaving" else np.minimum
        for number, other in enumerate(self.covers):
            if number != place and other.direction == own.direction:
                rate = exact_share(left[other.cells].sum(), total[other.cells].sum())
                expected[other.cells] = sharper(expected[other.cells], rate)
        return expected

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


@dataclass(frozen=True)
class _Contest:
    """Which rule is the best beyond what other segments explain, in halves of the customers.

    Attributes:
        within: the rules of all customers.
        limits: what a segment must be in a half.
        objective: by which rules are ranked.
        expected: per cell the share that leaves by what else is known.
        cover: the segment whose place it is.
    """

    within: Within
    limits: Limits
    objective: str
    expected: Numbers
    cover: _Cover

    def won(
        self, bounds: Mapping[Choice, float], groups: Mapping[str, Numbers], halves: Numbers
    ) -> tuple[NDArray[np.bool_], set[Selectors]]:
        """In which halves a rule like the segment wins; shape (halves,), and which rules win.

        Args:
            bounds: by choice of axes what no rule exceeds.
            groups: what ``_in_groups`` gave.
            halves: shape (groups, halves), 1 where a half has the group.
        """
        rules, is_like = self._contenders(bounds)
        if not rules:
            return np.zeros(halves.shape[1], dtype=bool), set()
        weights = self.within.sums.weights
        counted = "balance" if self.objective == "lost_balance" else "customers"
        gone = "lost_balance" if self.objective == "lost_balance" else "churned"
        n, k, left, expected = np.zeros((4, len(rules), GROUPS))
        # Piece by piece, as there may be a million cells.
        for start in range(0, len(self.expected), CELLS_AT_ONCE):
            piece = slice(start, start + CELLS_AT_ONCE)
            axes = [replace(axis, codes=axis.codes[piece]) for axis in self.within.sums.axes]
            inside = np.array([members(axes, rule) for rule in rules], dtype=float)
            n += inside @ groups["customers"][piece]
            k += inside @ groups["churned"][piece]
            left += inside @ groups[gone][piece]
            expected += inside @ (self.expected[piece, None] * groups[counted][piece])
        n, k, left, expected = (one @ halves for one in (n, k, left, expected))
        base = (groups["churned"].sum(axis=0) @ halves) / (groups["customers"].sum(axis=0) @ halves)
        is_segment = self.limits.allow(self.within.direction, n, k, base)
        costs = np.array([self.limits.cost(tuple(axis for axis, _ in rule)) for rule in rules])
        value = costs[:, None] * quality(
            self.objective, self.within.direction, n, k, left - expected, weights
        )
        value = np.where(is_segment & (value > 0), value, -np.inf)
        best = value.argmax(axis=0)
        is_any = np.isfinite(value.max(axis=0))
        won: NDArray[np.bool_] = is_like[best] & is_any
        return won, {rules[place] for place in np.unique(best[is_any]).tolist()}

    def _contenders(
        self, bounds: Mapping[Choice, float]
    ) -> tuple[list[Selectors], NDArray[np.bool_]]:
        """The rules that could win, and which of them are like the segment."""
        found: list[tuple[float, Selectors]] = []
        top = 0.0
        for choice in sorted(bounds, key=lambda one: (-bounds[one], one)):
            if bounds[choice] <= max(0.0, WITHIN_REACH * top):
                break
            for value, rule in self._of(choice, WITHIN_REACH * top):
                found.append((value, rule))
                top = max(top, value)
        found.sort(key=lambda one: (-one[0], len(one[1]), one[1]))
        sums = self.within.sums
        rules, is_like, counts = list[Selectors](), list[bool](), {True: 0, False: 0}
        for value, rule in found:
            if value < WITHIN_REACH * top or min(counts.values()) >= CONTENDERS:
                break
            like = self.cover.jaccard(rule, sums.size(rule)) >= SAME_SEGMENT_JACCARD
            if counts[like] < CONTENDERS:
                counts[like] += 1
                rules.append(rule)
                is_like.append(like)
        return rules, np.array(is_like, dtype=bool)

    def _of(self, choice: Choice, least: float) -> Iterator[tuple[float, Selectors]]:
        """The best rules of a choice of axes, with what they show."""
        sums, weights = self.within.sums, self.within.sums.weights
        total, _ = weights.of(self.objective)
        codes, bands = codes_and_bands(sums.axes)
        expected = table_of(codes, bands, choice, [self.expected * total])
        cost, is_money = self.limits.cost(choice), self.objective == "lost_balance"
        for block in blocks(sums.axes, choice):
            places, n, k = self.within.of(block)
            if not len(places):
                continue
            left = k
            if is_money:
                lost = sums.tables[choice][Sums.LOST_BALANCE][None]
                left = block.sums(sums.axes, lost)[0, places]
            excess = left - block.sums(sums.axes, expected)[0, places]
            value = cost * quality(self.objective, self.within.direction, n, k, excess, weights)
            good = np.flatnonzero(value > max(least, 0.0))
            for one in good[np.argsort(-value[good], kind="stable")[: 2 * CONTENDERS]].tolist():
                yield float(value[one]), block.selectors(int(places[one]))


def _in_groups(everybody: Weights, random: np.random.Generator) -> dict[str, Numbers]:
    """Every customer in one of the groups by chance; their balance in proportion.

    Returns:
        What each cell holds of each group, shape (cells, groups), in whole numbers.
    """
    even = np.full(GROUPS, 1 / GROUPS)
    churned = random.multinomial(everybody.churned.astype(np.int64), even).astype(float)
    stayed = (everybody.customers - everybody.churned).astype(np.int64)
    customers = churned + random.multinomial(stayed, even)
    groups = {"customers": customers, "churned": churned}
    if everybody.balance is not None and everybody.lost_balance is not None:
        parts = churned / np.maximum(everybody.churned, 1)[:, None]
        lost_balance = np.floor(everybody.lost_balance[:, None] * parts)
        parts = customers / np.maximum(everybody.customers, 1)[:, None]
        balance = np.floor(everybody.balance[:, None] * parts)
        groups |= {"lost_balance": lost_balance, "balance": np.maximum(balance, lost_balance)}
    return groups


def _evidence(cells: Cells, cover: _Cover) -> float:
    """The evidence of the covered cells on the discovery half, against the overall rate."""
    weights = cells.discovery
    customers, churned = (np.array([one[cover.cells].sum()]) for one in weights.of("evidence"))
    excess = churned - weights.base_rate * customers
    return float(quality("evidence", cover.direction, customers, churned, excess, weights)[0])
