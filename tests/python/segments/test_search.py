"""The search is exhaustive: equal to looking at every conjunction one by one."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from scipy.special import rel_entr
from scipy.stats import fisher_exact, norm

from python_steps.segments import search, selection, sums
from python_steps.segments.axes import Axis, Weights, conjunction_count, interval_selectors, members
from python_steps.segments.confirmation import one_sided_p_value
from python_steps.segments.frontier import frontier
from python_steps.segments.search import OBJECTIVES, Candidate, Limits, Within, search_segments
from python_steps.segments.selection import ListRules, select_segments, without_idle_conditions
from python_steps.segments.sums import Sums
from python_steps.statistics import cells as statistics_cells

DIRECTIONS = ("leaving", "loyal")
LIMITS = Limits(min_customers=15, min_lift=1.1)


def random_axes(random: np.random.Generator, cells: int) -> list[Axis]:
    axes = []
    for number in range(4):
        bands = int(random.integers(2, 5))
        if number % 2:
            chosen = [[first, last] for first, last in interval_selectors(bands, has_missing=False)]
            chosen = [list(range(first, last + 1)) for first, last in chosen]
        else:
            chosen = [[band] for band in range(bands)]
        selectors = np.zeros((len(chosen), bands))
        for row, columns in enumerate(chosen):
            selectors[row, columns] = 1
        codes = random.integers(0, bands, size=cells)
        axes.append(Axis(f"a{number}", codes, selectors, tuple(range(len(chosen)))))
    return axes


def random_weights(random: np.random.Generator, cells: int = 60) -> Weights:
    customers = random.integers(1, 20, size=cells)
    churned = random.binomial(customers, 0.3)
    balance = random.integers(0, 5000, size=cells) * customers
    return Weights(
        customers.astype(float),
        churned.astype(float),
        balance.astype(float),
        np.floor(balance * churned / customers),
    )


def every_conjunction(axes, max_conditions):
    """Selectors and covered cells of every conjunction, one by one."""
    for size in range(1, max_conditions + 1):
        for chosen in combinations(range(len(axes)), size):
            for picked in product(*(range(len(axes[index].selectors)) for index in chosen)):
                inside = np.ones(len(axes[0].codes), dtype=bool)
                for axis, selector in zip(chosen, picked, strict=True):
                    inside &= axes[axis].selectors[selector][axes[axis].codes] == 1
                yield tuple(zip(chosen, picked, strict=True)), inside


def worth(objective, weights, inside, share):
    """The quality of covered cells by its formula, of which ``share`` is expected to leave."""
    n, k = weights.customers[inside].sum(), weights.churned[inside].sum()
    total, left = weights.of(objective)
    excess = (left - share * total)[inside].sum()
    if objective == "weighted_relative_accuracy":
        return excess / weights.customers.sum()
    if objective == "lift":
        return excess / n / (weights.churned.sum() / weights.customers.sum())
    if objective == "lost_balance":
        return excess
    own, expected = k / n, (k - excess) / n
    return np.sign(excess) * n * (rel_entr(own, expected) + rel_entr(1 - own, 1 - expected))


def brute_force(axes, weights, limits, objective, direction, max_conditions):
    """Every conjunction within the limits that is better than expected, the best first."""
    base = weights.churned.sum() / weights.customers.sum()
    total, left = weights.of(objective)
    sign = 1 if direction == "leaving" else -1
    found = []
    for selectors, inside in every_conjunction(axes, max_conditions):
        n, k = weights.customers[inside].sum(), weights.churned[inside].sum()
        if n < limits.min_customers:
            continue
        if direction == "leaving" and k < limits.min_lift * base * n:
            continue
        if direction == "loyal" and limits.min_lift * k > base * n:
            continue
        value = sign * worth(objective, weights, inside, left.sum() / total.sum())
        value *= (1 - limits.condition_cost) ** (len(selectors) - 1)
        if value > 0:
            found.append((value, selectors, n, k))
    return sorted(found, key=lambda one: -one[0])


def within(axes, weights, limits=LIMITS, direction="leaving", max_conditions=3):
    return Within(Sums.of(axes, weights, max_conditions), limits, direction)


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("max_conditions", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(4))
def test_equals_brute_force(seed, max_conditions, direction, objective):
    random = np.random.default_rng([seed, max_conditions])
    axes, weights = random_axes(random, cells=60), random_weights(random)
    limits = replace(LIMITS, condition_cost=0.1 * (seed % 2))
    expected = brute_force(axes, weights, limits, objective, direction, max_conditions)
    searched = within(axes, weights, limits, direction, max_conditions)
    found = search_segments(searched, objective=objective, keep=10**6)
    assert expected
    assert {one.selectors: (one.customers, one.churned) for one in found} == {
        selectors: (n, k) for _, selectors, n, k in expected
    }
    assert [one.quality for one in found] == pytest.approx([one[0] for one in expected], rel=1e-7)
    best = search_segments(searched, objective=objective, keep=1)
    assert best == found[:1]
    assert search_segments(searched, objective=objective, keep=7)[0] == best[0]


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("seed", range(10))
def test_frontier_equals_brute_force(seed, direction):
    random = np.random.default_rng(seed)
    axes, weights = random_axes(random, cells=60), random_weights(random)
    sizes = [15, 30, 60, 120, 240]
    found = frontier(within(axes, weights, direction=direction), sizes=sizes)
    rates = {}
    for _, selectors, n, k in brute_force(axes, weights, LIMITS, "lift", direction, 3):
        size = sum(n >= one for one in sizes)
        rate = k / n if direction == "leaving" else -k / n
        rates.setdefault(size, []).append((rate, n, -len(selectors)))
    expected = []
    for size in sorted(rates, reverse=True):
        rate, n, conditions = max(rates[size])
        if not expected or rate > expected[-1][0]:
            expected.append((rate, n, -conditions))
    assert [(one.quality, one.customers, len(one.selectors)) for one in found] == expected


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_step_of_a_list_is_exhaustive(direction, objective):
    """The first is the best of all, the second the best beyond what the first explains."""
    random = np.random.default_rng(5)
    axes, weights = random_axes(random, cells=300), random_weights(random, cells=300)
    inside = members(axes, ((1, 0), (3, 1)))
    changed = np.where(inside, weights.customers * (0.9 if direction == "leaving" else 0), 0)
    weights = replace(weights, churned=np.where(inside, np.floor(changed), weights.churned))
    # A level at which nothing is left out by chance or as idle.
    rules = ListRules([objective], limit=2, max_jaccard=0.5, alpha=0.999)
    listed = selection._ListSearch(within(axes, weights, direction=direction), rules)
    first = listed.best(objective)
    # Expected shares are rounded to 2^-20.
    best = brute_force(axes, weights, LIMITS, objective, direction, 3)[0]
    assert first.quality == pytest.approx(best[0], rel=1e-3)
    cells = np.flatnonzero(members(axes, first.selectors))
    listed.taken.append(selection._Taken.of(listed.sums, first, cells))
    listed.expect(first, cells)
    second = listed.best(objective)
    total, left = weights.of(objective)
    share = np.full(len(total), left.sum() / total.sum())
    sharper = max if direction == "leaving" else min
    share[cells] = sharper(left[cells].sum() / total[cells].sum(), share[0])
    rates = np.full(len(total), weights.base_rate)
    own = weights.churned[cells].sum() / weights.customers[cells].sum()
    rates[cells] = sharper(own, weights.base_rate)
    qualities = []
    for _, selectors, _, _ in brute_force(axes, weights, LIMITS, objective, direction, 3):
        cover = members(axes, selectors)
        shared = weights.customers[cells] @ cover[cells]
        either = weights.customers[cells].sum() + weights.customers @ cover - shared
        # It must leave, or stay, more than expected by more than chance.
        n, expected = weights.customers[cover].sum(), (rates * weights.customers)[cover].sum()
        beyond = weights.churned[cover].sum() - expected
        score = beyond / np.sqrt(max(expected * (1 - expected / n), 1e-9))
        if (score if direction == "leaving" else -score) < norm.isf(rules.alpha / 4):
            continue
        if shared < 0.5 * either:
            value = worth(objective, weights, cover, share)
            qualities.append(value if direction == "leaving" else -value)
    assert second.quality == pytest.approx(max(qualities), rel=1e-3)


def test_money_does_not_list_who_leaves_less_than_expected():
    """Those with b lose much money, but leave less often than a leads one to expect."""
    axes = [
        Axis("a", np.array([0, 0, 1, 1]), np.eye(2), ("a0", "a1")),
        Axis("b", np.array([0, 1, 0, 1]), np.eye(2), ("b0", "b1")),
    ]
    weights = Weights(
        np.array([1000.0, 1000, 1000, 5000]),
        np.array([700.0, 250, 50, 250]),
        np.array([1e4, 1e6, 1e4, 1e4]),
        np.array([7e3, 9e5, 5e2, 5e2]),
    )
    searched = within(axes, weights, Limits(1, 1.0))
    rules = ListRules(["evidence", "lost_balance"], limit=5, max_jaccard=0.9, alpha=0.05)
    listed = selection._ListSearch(searched, rules)
    first = listed.best("evidence")
    cells = np.flatnonzero(members(axes, first.selectors))
    listed.taken.append(selection._Taken.of(listed.sums, first, cells))
    listed.expect(first, cells)
    for _ in range(3):
        found = listed.best("lost_balance")
        if found is None:
            break
        cover = members(axes, found.selectors)
        expected = listed._expected["customers"][cover] @ weights.customers[cover]
        assert found.churned > expected
        listed.excluded.add(found.selectors)


def test_remembering_less_or_summing_in_pieces_changes_nothing(monkeypatch):
    random = np.random.default_rng(2)
    axes, weights = random_axes(random, cells=500), random_weights(random, cells=500)
    rates = 0.1 + 0.5 * members(axes, ((0, 0), (1, 1))) + 0.3 * members(axes, ((2, 1), (3, 0)))
    churned = random.binomial(weights.customers.astype(int), rates)
    weights = replace(weights, churned=churned.astype(float))
    rules = ListRules(["evidence", "lift"], limit=5, max_jaccard=0.5, alpha=0.05)
    expected = select_segments(within(axes, weights), rules)
    best = frontier(within(axes, weights), sizes=[15, 100, 1000])
    assert len(expected) > 1
    for module, name, value in (
        (search, "REMEMBERED", 0),
        (sums, "BLOCK", 7),
        (statistics_cells, "LARGEST_TABLE", 1),
    ):
        monkeypatch.setattr(module, name, value)
        assert select_segments(within(axes, weights), rules) == expected
        assert frontier(within(axes, weights), sizes=[15, 100, 1000]) == best


def test_too_many_bands_are_refused_before_memory_is_taken():
    wide = [
        Axis(f"a{number}", np.zeros(1, dtype=int), np.eye(2000), tuple(range(2000)))
        for number in range(3)
    ]
    one = np.ones(1)
    with pytest.raises(ValueError, match="too many combinations of bands"):
        Sums.of(wide, Weights(one, one), 3)
    assert conjunction_count(wide, 3) == 3 * 2000 + 3 * 2000**2 + 2000**3


def test_nobody_or_no_churn_gives_no_segment():
    axes = random_axes(np.random.default_rng(0), cells=5)
    some = np.full(5, 10.0)
    rules = ListRules(["evidence"], limit=3, max_jaccard=0.5, alpha=0.05)
    for customers, churned in ((some * 0, some * 0), (some, some * 0), (some, some)):
        searched = within(axes, Weights(customers, churned))
        assert search_segments(searched, objective="lift", keep=5) == []
        assert frontier(searched, sizes=[1, 10]) == []
        assert select_segments(searched, rules) == []


def test_intervals_leave_out_what_is_no_condition():
    assert interval_selectors(2, has_missing=False) == [(0, 0), (1, 1)]
    assert interval_selectors(2, has_missing=True) == [(0, 0), (0, 1), (1, 1)]
    assert interval_selectors(1, has_missing=False) == []


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("seed", range(5))
def test_listed_segments_differ_and_each_adds_churners(seed, direction):
    random = np.random.default_rng(seed)
    axes = random_axes(random, cells=400)
    customers = random.integers(1, 20, size=400)
    rates = 0.1 + 0.5 * members(axes, ((0, 0), (1, 1))) + 0.3 * members(axes, ((2, 1), (3, 0)))
    weights = Weights(customers.astype(float), random.binomial(customers, rates).astype(float))
    rules = ListRules(["evidence"], limit=4, max_jaccard=0.4, alpha=0.05)
    everybody = customers * 2.0
    sums = Sums.of(axes, weights, 3, everybody)
    found = select_segments(Within(sums, LIMITS, direction), rules)
    assert 1 <= len(found) <= 4
    seen = np.zeros(400, dtype=bool)
    for one in found:
        cover = members(axes, one.selectors)
        assert one.customers == customers[cover].sum()
        assert one.churned == weights.churned[cover].sum()
        for other in found:
            if other is not one:
                also = members(axes, other.selectors)
                assert everybody[cover & also].sum() / everybody[cover | also].sum() < 0.4
        new = cover & ~seen
        seen |= cover
        rate, base = weights.churned[new].sum() / customers[new].sum(), weights.base_rate
        assert rate > base if direction == "leaving" else rate < base


def test_planted_segment_is_listed_first():
    random = np.random.default_rng(3)
    axes = random_axes(random, cells=500)
    customers = random.integers(5, 30, size=500)
    planted = members(axes, ((0, 1), (3, 2)))
    weights = Weights(
        customers.astype(float),
        random.binomial(customers, np.where(planted, 0.6, 0.1)).astype(float),
    )
    rules = ListRules(["evidence"], limit=5, max_jaccard=0.5, alpha=0.05)
    first = select_segments(within(axes, weights), rules)[0]
    assert (members(axes, first.selectors) == planted).all()


def two_by_two(churned: list[int], min_lift: float = 1.0):
    """Two attributes of two bands each, and the candidate of the first band of both."""
    axes = [
        Axis("a", np.array([0, 0, 1, 1]), np.eye(2), ("a0", "a1")),
        Axis("b", np.array([0, 1, 0, 1]), np.eye(2), ("b0", "b1")),
    ]
    weights = Weights(np.full(4, 100.0), np.array(churned, dtype=float))
    candidate = Candidate(((0, 0), (1, 0)), 100, churned[0], 0.0)
    return within(axes, weights, Limits(1, min_lift)), candidate


@pytest.mark.parametrize(
    ("churned", "min_lift", "kept"),
    [
        # b makes no difference among those with a.
        ([52, 50, 10, 10], 1, ((0, 0),)),
        # Both count.
        ([80, 40, 40, 10], 1, ((0, 0), (1, 0))),
        # Neither does; one stays.
        ([11, 10, 10, 10], 1, ((1, 0),)),
        # Without b the lift would be too small.
        ([52, 50, 10, 10], 1.69, ((0, 0), (1, 0))),
    ],
)
def test_idle_conditions_are_dropped(churned, min_lift, kept):
    searched, candidate = two_by_two(churned, min_lift)
    simple = without_idle_conditions(searched, candidate, alpha=0.05)
    assert simple.selectors == kept
    weights = searched.sums.weights
    inside = members(searched.sums.axes, simple.selectors)
    assert (simple.customers, simple.churned) == (
        weights.customers[inside].sum(),
        weights.churned[inside].sum(),
    )


@pytest.mark.parametrize(("direction", "side"), [("leaving", "greater"), ("loyal", "less")])
def test_p_value_is_fishers(direction, side):
    for n, k, all_n, all_k in ((50, 20, 1000, 180), (300, 60, 1000, 180), (7, 0, 90, 40)):
        table = [[k, n - k], [all_k - k, all_n - n - (all_k - k)]]
        assert one_sided_p_value(n, k, all_n, all_k, direction) == pytest.approx(
            fisher_exact(table, alternative=side).pvalue, rel=1e-9
        )
