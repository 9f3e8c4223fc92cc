"""What a test claims to find must be what it finds."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import GofChisquarePower, TTestIndPower

from python_steps.statistics.contingency import chi_square
from python_steps.statistics.means import welch_t
from python_steps.statistics.power import minimum_detectable_effect
from python_steps.statistics.proportions import two_proportion_z
from python_steps.statistics.samples import Moments


def row(method: str, n_a: int, n_b: int, **more) -> dict:
    return {
        "method": method, "n_a": n_a, "n_b": n_b, "alternative": "two_sided", "p_value": 0.5,
        "degrees_of_freedom": 3, "estimate_b": 0.2, **more,
    }  # fmt: skip


@pytest.mark.parametrize(("n_a", "n_b"), [(10, 12), (100, 900), (2000, 8000)])
@pytest.mark.parametrize("alternative", ["two_sided", "greater"])
def test_means_equal_statsmodels(n_a, n_b, alternative):
    effect = minimum_detectable_effect(row("welch_t", n_a, n_b, alternative=alternative), 0.01)
    expected = TTestIndPower().solve_power(
        nobs1=n_a,
        ratio=n_b / n_a,
        alpha=0.01,
        power=0.8,
        alternative="two-sided" if alternative == "two_sided" else "larger",
    )
    assert effect == pytest.approx(expected, rel=1e-5)


def test_chi_square_equals_statsmodels():
    effect = minimum_detectable_effect(row("chi_square", 300, 700), 0.01)
    expected = GofChisquarePower().solve_power(nobs=1000, alpha=0.01, power=0.8, n_bins=4)
    assert effect == pytest.approx(expected, rel=1e-4)


def found(p_values: list[float], alpha: float) -> float:
    return float(np.mean(np.array(p_values) < alpha))


@pytest.mark.parametrize(("base", "sign"), [(0.1, 1), (0.8, -1)])
def test_planted_differences_of_proportions_are_found_in_four_of_five_cases(base, sign):
    random = np.random.default_rng(0)
    n_a, n_b, alpha = 400, 800, 0.01
    effect = minimum_detectable_effect(row("two_proportion_z", n_a, n_b, estimate_b=base), alpha)
    a = random.binomial(n_a, base + sign * effect, size=1000)
    b = random.binomial(n_b, base, size=1000)
    p_values = [
        two_proportion_z(int(x), n_a, int(y), n_b).p_value for x, y in zip(a, b, strict=True)
    ]
    assert found(p_values, alpha) == pytest.approx(0.8, abs=0.05)


def test_planted_shifts_are_found_in_four_of_five_cases():
    random = np.random.default_rng(1)
    n_a, n_b, alpha = 60, 90, 0.01
    of_means = minimum_detectable_effect(row("welch_t", n_a, n_b), alpha)
    of_ranks = minimum_detectable_effect(row("mann_whitney_u", n_a, n_b), alpha)
    # Of two normal groups d apart, a is the larger in Phi(d / sqrt 2) of the pairs.
    shift = math.sqrt(2) * stats.norm.ppf((1 + of_ranks) / 2)
    means, ranks = [], []
    for _ in range(600):
        a, b = random.normal(size=n_a), random.normal(size=n_b)
        groups = [
            Moments.of(len(one), float(one.sum()), float(one @ one)) for one in (a + of_means, b)
        ]
        means.append(welch_t(*groups).p_value)
        ranks.append(stats.mannwhitneyu(a + shift, b, method="asymptotic").pvalue)
    assert found(means, alpha) == pytest.approx(0.8, abs=0.06)
    assert found(ranks, alpha) == pytest.approx(0.8, abs=0.06)


def test_the_bound_of_kolmogorov_smirnov_is_enough():
    random = np.random.default_rng(2)
    n, alpha = 300, 0.01
    effect = minimum_detectable_effect(row("kolmogorov_smirnov", n, n), alpha)
    # Uniform against uniform with a part moved from the lower to the upper half: D is that part.
    p_values = []
    for _ in range(300):
        a = random.random(n)
        moved = random.random(n) < 2 * effect
        a = np.where(moved & (a < 0.5), a + 0.5, a)
        p_values.append(stats.ks_2samp(a, random.random(n), method="asymp").pvalue)
    assert found(p_values, alpha) >= 0.8


def test_planted_spread_over_bands_is_found_in_four_of_five_cases():
    random = np.random.default_rng(3)
    total, alpha = 2000, 0.01
    effect = minimum_detectable_effect(row("chi_square", 1000, 1000, degrees_of_freedom=3), alpha)
    # Half the customers churn; in two of four bands more, in two fewer: V = 2 * delta.
    rates = 0.5 + np.array([1, -1, 1, -1]) * effect / 2
    p_values = []
    for _ in range(600):
        left = random.binomial(total // 4, rates)
        p_values.append(chi_square(left, total // 4 - left).p_value)
    assert found(p_values, alpha) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize(
    "method", ["welch_t", "mann_whitney_u", "kolmogorov_smirnov", "chi_square", "two_proportion_z"]
)
def test_nothing_is_promised_where_nothing_was_tested_or_can_be_found(method):
    assert math.isnan(minimum_detectable_effect(row(method, 50, 50, p_value=math.nan), 0.05))
    tiny = minimum_detectable_effect(row(method, 2, 2), 0.001)
    assert math.isnan(tiny) or method == "welch_t"
