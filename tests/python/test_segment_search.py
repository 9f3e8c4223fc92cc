"""The search is exhaustive: equal to looking at every conjunction one by one."""

from itertools import combinations, product

import numpy as np
import pytest

from python_steps.segment_search import (
    Axis,
    Candidate,
    interval_selectors,
    members,
    search_segments,
    select_distinct,
    without_idle_conditions,
)


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


def brute_force(axes, customers, churned, max_conditions, min_customers, min_lift):
    """Every conjunction, one by one: (-quality, selectors, customers, churned)."""
    total, lost = customers.sum(), churned.sum()
    found = []
    for size in range(1, max_conditions + 1):
        for chosen in combinations(range(len(axes)), size):
            for picked in product(*(range(len(axes[index].selectors)) for index in chosen)):
                inside = np.ones(len(customers), dtype=bool)
                for axis, selector in zip(chosen, picked, strict=True):
                    inside &= axes[axis].selectors[selector][axes[axis].codes] == 1
                n, k = customers[inside].sum(), churned[inside].sum()
                if n >= min_customers and k >= min_lift * lost / total * n:
                    quality = n / total * (k / n - lost / total) if n else 0
                    found.append((quality, tuple(zip(chosen, picked, strict=True)), n, k))
    return sorted(found, key=lambda one: -one[0])


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("max_conditions", [1, 2, 3])
def test_equals_brute_force(seed, max_conditions):
    random = np.random.default_rng(seed)
    axes = random_axes(random, cells=60)
    customers = random.integers(1, 20, size=60)
    churned = random.binomial(customers, 0.3)
    arguments = {"max_conditions": max_conditions, "min_customers": 15, "min_lift": 1.1}
    expected = brute_force(axes, customers, churned, *arguments.values())
    found = search_segments(axes, customers, churned, keep=10**6, **arguments)
    assert {one.selectors: (one.customers, one.churned) for one in found} == {
        selectors: (n, k) for _, selectors, n, k in expected
    }
    assert [one.quality for one in found] == pytest.approx([one[0] for one in expected])
    few = search_segments(axes, customers, churned, keep=7, **arguments)
    assert few == found[:7]


def test_nobody_or_no_churn_gives_no_segment():
    axes = random_axes(np.random.default_rng(0), cells=5)
    some = np.full(5, 10)
    for customers, churned in ((some * 0, some * 0), (some, some * 0)):
        assert not search_segments(
            axes, customers, churned, max_conditions=2, min_customers=1, min_lift=1, keep=5
        )


def test_intervals_leave_out_what_is_no_condition():
    assert interval_selectors(2, has_missing=False) == [(0, 0), (1, 1)]
    assert interval_selectors(2, has_missing=True) == [(0, 0), (0, 1), (1, 1)]
    assert interval_selectors(1, has_missing=False) == []


def test_distinct_segments_overlap_less_than_allowed():
    random = np.random.default_rng(1)
    axes = random_axes(random, cells=80)
    customers = random.integers(1, 20, size=80)
    churned = random.binomial(customers, 0.3)
    found = search_segments(
        axes, customers, churned, max_conditions=2, min_customers=5, min_lift=1, keep=500
    )
    # At an infinite level no condition is idle.
    chosen = select_distinct(
        axes, customers, churned, found, limit=6, max_jaccard=0.4, min_lift=1, alpha=np.inf
    )
    assert chosen[0] == found[0]
    assert 1 < len(chosen) <= 6
    for one, other in combinations(chosen, 2):
        a, b = members(axes, one), members(axes, other)
        assert customers[a & b].sum() / customers[a | b].sum() < 0.4
    # Everything passed over before the last one taken overlaps with something taken before it.
    for passed in found[: found.index(chosen[-1])]:
        if passed not in chosen:
            inside = members(axes, passed)
            assert any(
                customers[inside & members(axes, one)].sum()
                / customers[inside | members(axes, one)].sum()
                >= 0.4
                for one in chosen
            )


def two_by_two(customers: list[int], churned: list[int]):
    """Two attributes of two bands each, and the candidate of the first band of both."""
    axes = [
        Axis("a", np.array([0, 0, 1, 1]), np.eye(2), ("a0", "a1")),
        Axis("b", np.array([0, 1, 0, 1]), np.eye(2), ("b0", "b1")),
    ]
    candidate = Candidate(((0, 0), (1, 0)), customers[0], churned[0], 0.0)
    return axes, np.array(customers), np.array(churned), candidate


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
    axes, customers, lost, candidate = two_by_two([100] * 4, churned)
    simple = without_idle_conditions(
        axes, customers, lost, candidate, min_lift=min_lift, alpha=0.05
    )
    assert simple.selectors == kept
    inside = members(axes, simple)
    assert (simple.customers, simple.churned) == (customers[inside].sum(), lost[inside].sum())
    if kept != candidate.selectors:
        total = customers.sum()
        base = lost.sum() / total
        assert simple.quality == pytest.approx((simple.churned - base * simple.customers) / total)
