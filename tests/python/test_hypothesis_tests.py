"""Every test from sums must equal SciPy on the rows that were summed."""

import math
from decimal import Decimal
from fractions import Fraction
from statistics import mean, variance

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from python_steps.hypothesis_tests import (
    Moments,
    Outcome,
    chi_square,
    format_p_value,
    mann_whitney_u,
    verdict,
    welch_t,
)

# Cents, with many ties among the small ones.
cents = st.one_of(st.integers(-5, 5), st.integers(-(10**9), 10**9))
groups = st.lists(cents, min_size=1, max_size=60)


def moments(values) -> Moments:
    exact = [Decimal(int(value)) / 100 for value in values]
    return Moments.of(len(exact), sum(exact), sum(one * one for one in exact))


def u_inputs(a, b) -> tuple[int, int, int, int]:
    a, b = np.asarray(a), np.asarray(b)
    larger = (a[:, None] > b[None, :]).sum()
    equal = (a[:, None] == b[None, :]).sum()
    ties = np.unique(np.concatenate([a, b]), return_counts=True)[1]
    return len(a), len(b), int(2 * larger + equal), int((ties**3 - ties).sum())


@settings(max_examples=300, deadline=None)
@given(groups, groups)
def test_welch_equals_scipy(a, b):
    result = welch_t(moments(a), moments(b))
    if len(a) < 2 or len(b) < 2 or (len(set(a)) == 1 and len(set(b)) == 1):
        assert math.isnan(result.p_value)
        return
    # The statistics module sums exactly; SciPy's own moments lose digits where values are close.
    described = [
        (float(mean(exact)), math.sqrt(variance(exact)), len(exact))
        for exact in ([Fraction(one, 100) for one in group] for group in (a, b))
    ]
    expected = stats.ttest_ind_from_stats(*described[0], *described[1], equal_var=False)
    assert result.statistic == pytest.approx(expected.statistic, rel=1e-9, abs=1e-9)
    assert result.p_value == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_welch_equals_scipy_on_rows(seed):
    random = np.random.default_rng(seed)
    a = random.integers(-(10**6), 10**6, size=random.integers(2, 500))
    b = random.integers(-(10**5), 10**7, size=random.integers(2, 500))
    result = welch_t(moments(a), moments(b))
    expected = stats.ttest_ind(a / 100, b / 100, equal_var=False)
    interval = expected.confidence_interval()
    assert result.statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert result.degrees_of_freedom == pytest.approx(expected.df, rel=1e-9)
    assert result.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert result.difference_low == pytest.approx(interval.low, rel=1e-9)
    assert result.difference_high == pytest.approx(interval.high, rel=1e-9)


@settings(max_examples=300, deadline=None)
@given(groups, groups)
def test_mann_whitney_equals_scipy(a, b):
    result = mann_whitney_u(*u_inputs(a, b))
    if len(set(a) | set(b)) == 1:
        assert math.isnan(result.p_value)
        return
    expected = stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=True)
    assert result.statistic == expected.statistic
    assert result.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert result.effect_size == pytest.approx(
        2 * expected.statistic / (len(a) * len(b)) - 1, abs=1e-12
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=2, max_size=8))
def test_chi_square_equals_scipy(table):
    left, stayed = np.array(table).T
    result = chi_square(left, left + stayed)
    filled = left + stayed > 0
    if filled.sum() < 2 or left.sum() == 0 or stayed.sum() == 0:
        assert math.isnan(result.p_value)
        return
    expected = stats.chi2_contingency([left[filled], stayed[filled]], correction=False)
    assert result.statistic == pytest.approx(expected.statistic, rel=1e-9, abs=1e-9)
    assert result.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert result.degrees_of_freedom == expected.dof
    v = stats.contingency.association(np.array([left[filled], stayed[filled]]), method="cramer")
    assert result.effect_size == pytest.approx(v, rel=1e-9, abs=1e-9)


def test_hedges_g_uses_the_exact_correction():
    a, b = [100, 200, 300], [200, 400, 900, 500]
    x, y = np.array(a) / 100, np.array(b) / 100
    pooled = math.sqrt((2 * x.var(ddof=1) + 3 * y.var(ddof=1)) / 5)
    exact = math.gamma(2.5) / (math.sqrt(2.5) * math.gamma(2))
    assert welch_t(moments(a), moments(b)).effect_size == pytest.approx(
        exact * (x.mean() - y.mean()) / pooled, rel=1e-12
    )


def test_variance_does_not_cancel():
    # Doubles would lose all digits: the mean is 1e10, the spread 1e-4.
    values = [Decimal("10000000000.0001"), Decimal("10000000000.0003")]
    group = Moments.of(2, sum(values), sum(one * one for one in values))
    assert group.variance == pytest.approx(2e-8, rel=1e-12)


@pytest.mark.parametrize("method", ["welch_t", "mann_whitney_u", "chi_square"])
@pytest.mark.parametrize("p_value", [1e-30, 0.2, 1.0, math.nan])
def test_verdicts_never_accept_the_null(method, p_value):
    outcome = Outcome(
        p_value=p_value,
        effect_size=-0.1,
        effect_name="x",
        estimate_a=1,
        estimate_b=2,
        difference=-1,
    )
    sentence = verdict(method, "mean age", outcome, p_value, 0.05)
    assert "accept" not in sentence.lower()
    assert "nan" not in sentence.lower()
    assert sentence.endswith(".")
    assert ("No evidence" in sentence) == (p_value >= 0.05)


def test_p_values_in_sentences():
    assert format_p_value(0.0342) == "= 0.034"
    assert format_p_value(0.0) == "< 1e-16"
