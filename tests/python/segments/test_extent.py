"""What is searched where all conjunctions are too many."""

from itertools import combinations

import numpy as np
import pytest

from python_steps.segments import extent
from python_steps.segments.axes import Axis, Weights, interval_selectors
from python_steps.segments.extent import promising_choices, search_extent, searched_choices
from python_steps.segments.search import Limits, Within, best_values, search_segments
from python_steps.segments.sums import Sums

from .test_find import BANDS, SETTINGS, cells, risk_segments

LIMITS = Limits(min_customers=20, min_lift=1.0)
BANDS_EACH = 3


def table(random, attributes=12, rows=3000, planted=((9, 1), (10, 2), (11, 0))):
    """Customers of whom those leave who have some bands; the axes may stand in any order."""
    codes = random.integers(0, BANDS_EACH, size=(attributes, rows)).astype(np.uint8)
    inside = np.all([codes[axis] == band for axis, band in planted], axis=0)
    left = random.random(rows) < np.where(inside, 0.8, 0.1)
    selected = interval_selectors(BANDS_EACH, has_missing=False)
    matrix = np.zeros((len(selected), BANDS_EACH))
    for row, (first, last) in enumerate(selected):
        matrix[row, first : last + 1] = 1
    axes = [
        Axis(f"a{number}", own, matrix, tuple(f"a{number} {one}" for one in selected))
        for number, own in enumerate(codes)
    ]
    return axes, Weights(np.ones(rows), left.astype(float))


def conjunctions(axes, choices):
    return sum(np.prod([len(axes[axis].names) for axis in choice]) for choice in choices)


def test_all_are_searched_where_there_is_room():
    axes, weights = table(np.random.default_rng(0))
    assert promising_choices(axes, weights, LIMITS, 3, 10**9) is None


@pytest.mark.parametrize("room", [400, 2000, 10_000])
def test_what_is_searched_keeps_within_the_room_and_has_the_planted_rule(room):
    axes, weights = table(np.random.default_rng(0))
    chosen = promising_choices(axes, weights, LIMITS, 3, room)
    assert len(set(chosen)) == len(chosen)
    assert conjunctions(axes, chosen) <= room
    assert {choice for choice in chosen if len(choice) == 1} == {(one,) for one in range(12)}
    # Something is left for three conditions, and the planted ones are among the first.
    assert (9, 10, 11) in chosen
    sums = Sums.of(axes, weights, 3, choices=chosen)
    (best,) = search_segments(Within(sums, LIMITS, "leaving"), objective="evidence", keep=1)
    everything = Sums.of(axes, weights, 3)
    (true,) = search_segments(Within(everything, LIMITS, "leaving"), objective="evidence", keep=1)
    assert best == true
    assert [axis for axis, _ in best.selectors] == [9, 10, 11]


def test_the_order_of_the_columns_plays_no_part():
    axes, weights = table(np.random.default_rng(3))
    turned = axes[::-1]
    chosen, again = (
        {
            frozenset(some[axis].attribute for axis in choice)
            for choice in promising_choices(some, weights, LIMITS, 3, 3000)
        }
        for some in (axes, turned)
    )
    assert chosen == again


def test_cells_are_room_too(monkeypatch):
    axes, weights = table(np.random.default_rng(0))
    reads = len(weights.customers) + extent.LEAST_READ
    monkeypatch.setattr(extent, "LARGEST_READ", 100 * reads)
    chosen = promising_choices(axes, weights, LIMITS, 3, 10**9)
    assert len(chosen) == 100


def test_some_choices_are_summed_as_all_are():
    axes, weights = table(np.random.default_rng(1), 6, 500, ((1, 1), (2, 2)))
    some = [(0, 3), (5,), (1, 2, 4), (4, 3, 0)]
    tables = Sums.of(axes, weights, 3, choices=some).tables
    everything = Sums.of(axes, weights, 3).tables
    assert {frozenset(one) for one in tables} == {frozenset(one) for one in some}
    for choice, own in tables.items():
        np.testing.assert_array_equal(own, everything[choice])


@pytest.mark.parametrize("direction", ["leaving", "loyal"])
def test_the_best_value_of_a_choice_is_that_of_its_best_rule(direction):
    axes, weights = table(
        np.random.default_rng(2), attributes=4, rows=800, planted=((1, 1), (2, 2))
    )
    within = Within(Sums.of(axes, weights, 2), LIMITS, direction)
    best = best_values(within, "evidence")
    rules = search_segments(within, objective="evidence", keep=10**6)
    for size in (1, 2):
        for choice in combinations(range(4), size):
            own = [
                one.quality for one in rules if tuple(axis for axis, _ in one.selectors) == choice
            ]
            (key,) = [one for one in best if set(one) == set(choice)]
            assert best[key] == max(own, default=0)


def test_the_extent_says_what_is_searched():
    everything = cells(lambda age, balance, city, active: 0.7 if (age, active) == (2, 2) else 0.1)
    whole = search_extent(everything, BANDS, SETTINGS)
    assert whole["conditions"].tolist() == [1, 2, 3]
    assert whole["combinations"].tolist() == [4, 6, 4]
    assert (whole["searched_conjunctions"] == whole["conjunctions"]).all()
    names = [Axis(one, np.zeros(1, int), np.zeros((1, 1)), ()) for one in ("age", "balance")]
    assert searched_choices(whole.to_dict("records"), names) is None

    settings = {**SETTINGS, "max_conjunctions": 150}
    part = search_extent(everything, BANDS, settings)
    assert part["searched_conjunctions"].sum() <= 150
    assert (part["searched_combinations"] <= part["combinations"]).all()
    assert part["searched_combinations"].sum() < part["combinations"].sum()
    assert search_extent(everything.iloc[:1], BANDS, SETTINGS).empty


def test_hardly_any_room_finds_nothing_and_says_so():
    everything = cells(lambda age, balance, city, active: 0.7 if (age, active) == (2, 2) else 0.1)
    settings = {**SETTINGS, "max_conjunctions": 1}
    rows = search_extent(everything, BANDS, settings)
    assert rows["searched_conjunctions"].sum() <= 1
    assert risk_segments(everything, BANDS, [], settings)["search_rank"].notna().sum() == 0
