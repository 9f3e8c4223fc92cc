"""What holds among customers who are alike, against independent computations and simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from python_steps.statistics.caveats import band_effect, order_effect, risk_difference


def test_rates_within_strata_weigh_as_mantel_and_haenszel_do():
    tables = [[[30, 70], [10, 40]], [[5, 5], [90, 10]], [[7, 3], [0, 0]]]
    # The last stratum has one group only and says nothing.
    weights = np.array([100 * 50 / 150, 10 * 100 / 110])
    difference, _ = risk_difference(tables)
    assert difference == pytest.approx(weights @ np.array([0.1, -0.4]) / weights.sum())
    assert all(math.isnan(one) for one in risk_difference([[[7, 3], [0, 0]]]))


def test_order_within_one_stratum_is_the_rank_biserial_of_scipy():
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 6, 40), rng.integers(1, 6, 55)
    table = np.array([[np.bincount(group, minlength=6) for group in (a, b)]])
    u = stats.mannwhitneyu(a, b).statistic
    assert order_effect(table)[0] == pytest.approx(2 * u / (len(a) * len(b)) - 1)


def test_bands_within_one_stratum_are_chi_square_of_scipy():
    table = np.array([[[30, 50, 20], [10, 60, 90]]])
    expected = stats.chi2_contingency(table[0], correction=False)
    size, error, p_value = band_effect(table)
    assert size == pytest.approx(math.sqrt((expected.statistic - 2) / table.sum()))
    assert p_value == pytest.approx(expected.pvalue)
    assert error == pytest.approx(1 / math.sqrt(table.sum()))
    # Twice the same stratum: as far, and surer; a stratum of one band says nothing.
    twice = [table[0], table[0], np.array([[9, 0, 0], [4, 0, 0]])]
    size, error, p_value = band_effect(twice)
    assert size == pytest.approx(math.sqrt((expected.statistic - 2) / table.sum()))
    assert p_value == pytest.approx(stats.chi2.sf(2 * expected.statistic, 4))
    assert all(math.isnan(one) for one in band_effect(twice[2:]))


@pytest.mark.parametrize("base", [0.02, 0.3])
def test_standard_errors_hold_the_truth_as_often_as_they_say(base):
    """Strata of unequal sizes and rates; rare churn among them."""
    rng = np.random.default_rng(int(100 * base))
    sizes = np.array([[400, 60], [150, 900], [40, 40]])
    rates = np.array(
        [[base, base + 0.05], [2 * base, 2 * base + 0.05], [base / 2, base / 2 + 0.05]]
    )
    chances = np.array([[0.5, 0.3, 0.2], [0.4, 0.3, 0.3]])
    pairs = chances[0][:, None] * chances[1]
    effect = np.tril(pairs, -1).sum() - np.triu(pairs, 1).sum()
    inside = np.zeros(2)
    for _ in range(2_000):
        hits = rng.binomial(sizes, rates)
        difference, error = risk_difference(np.stack([hits, sizes - hits], axis=2))
        inside[0] += abs(difference + 0.05) <= 1.96 * error
        tables = np.stack([[rng.multinomial(n, p) for n, p in zip(row, chances, strict=True)]
                           for row in sizes])  # fmt: skip
        order, error = order_effect(tables)
        inside[1] += abs(order - effect) <= 1.96 * error
    assert (inside / 2_000 > 0.93).all() and (inside / 2_000 < 0.985).all(), inside / 2_000
