"""Rounding that keeps sums and gives no few away."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from python_steps.job.disclosure.rounding import (
    at_most,
    rate_interval,
    round_parts,
    rounded,
    rounded_parts,
    significant,
    to_step,
)
from python_steps.statistics.proportions import wilson_interval

COUNTS = st.lists(st.integers(0, 200), max_size=20)


@given(COUNTS, st.integers(2, 30), st.integers(0, 100))
def test_parts_add_up_and_each_is_near(counts, base, before):
    parts = rounded_parts(counts, base, before)
    assert all(part >= 0 and part % base == 0 for part in parts)
    assert all(abs(part - count) < base for part, count in zip(parts, counts, strict=True))
    assert sum(parts) == rounded(before + sum(counts), base) - rounded(before, base)
    # Of a bank whose customers come in bundles, nothing changes: it cannot be told from this one.
    start = rounded(before, base)
    assert rounded_parts(parts, base, start) == parts


def test_halves_go_up():
    assert [rounded(count, 10) for count in (0, 4, 5, 14, 15)] == [0, 0, 10, 10, 20]
    assert [rounded(count, 3) for count in (1, 2, 4, 5)] == [0, 3, 3, 6]


@pytest.mark.parametrize("rate", [0.02, 0.18, 0.5, 0.93])
@pytest.mark.parametrize("size", [30, 100, 1_000])
def test_the_interval_of_a_rounded_rate_covers_as_it_says(rate, size):
    """Ninety-five in a hundred samples, whatever their counts were rounded from."""
    random = np.random.default_rng(7)
    covered = 0
    for churned in random.binomial(size, rate, 2_000):
        before = random.integers(0, 10)
        (left,) = rounded_parts([int(churned)], 10, int(before))
        (stayed,) = rounded_parts([int(size - churned)], 10, int(random.integers(0, 10)))
        if left + stayed == 0:
            covered += 1
            continue
        low, high = rate_interval(left, left + stayed, 10)
        covered += low <= rate <= high
    assert covered / 2_000 >= 0.945


def test_the_interval_holds_that_of_every_count_it_may_have_been():
    low, high = rate_interval(30, 100, 10)
    assert low == wilson_interval(20, 100)[0] and high == wilson_interval(40, 100)[1]
    assert rate_interval(10, 20, 10) == (0, 1)


def test_figures_become_coarse():
    assert [at_most(p) for p in (0.0, 0.001, 0.0011, 0.04, 0.3, 1.0)] == [
        0.001, 0.001, 0.01, 0.05, 0.5, 1.0
    ]  # fmt: skip
    assert to_step(1_133_993.27, 47_000) == 1_150_000
    assert to_step(0.1234, 0.01) == 0.12
    assert to_step(0.1234, 0.0301) == 0.1
    assert to_step(-3.7, 1) == -4
    assert to_step(3.7, 0) == 3.7
    assert significant(980_705.77) == 981_000
    assert significant(0) == 0 and math.isnan(significant(math.nan))


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 200)), min_size=1, max_size=15),
    st.integers(2, 20),
)
def test_who_is_there_is_seen(pairs, base):
    exact = [{"churned": left, "customers": left + stayed} for left, stayed in pairs]
    rows = [dict(row) for row in exact]
    round_parts(rows, base)
    for one in ("churned", "customers"):
        parts = [row[one] for row in rows]
        assert all(part >= 0 and part % base == 0 for part in parts)
    left, everybody = (sum(row[one] for row in exact) for one in ("churned", "customers"))
    assert sum(row["churned"] for row in rows) == rounded(left, base)
    assert sum(row["customers"] for row in rows) == rounded(left, base) + rounded(
        everybody - left, base
    )
    unseen = [row for row, true in zip(rows, exact, strict=True) if not row["customers"]]
    # Where nobody has two bundles to give one of, there is nothing to show.
    if any(min(row["churned"], row["customers"] - row["churned"]) >= 2 * base for row in rows):
        assert len(unseen) == sum(not true["customers"] for true in exact)
    for row, true in zip(rows, exact, strict=True):
        assert row["churned"] <= row["customers"]
        assert abs(row["churned"] - true["churned"]) < 3 * base
