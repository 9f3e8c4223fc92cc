"""Rounding that keeps sums and gives no few away."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from python_steps.job.disclosure.rounding import (
    at_most,
    rate_interval,
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
