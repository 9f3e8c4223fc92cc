"""Pearson's correlation from customers in parts."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from python_steps.statistics.correlations import pearson_correlations


def profiles(table):
    return [
        {"attribute": name, "value_count": int(values.count()), "value_sum": values.sum(),
         "scale": values.max() - values.min() or None}
        for name, values in table.items()
    ]  # fmt: skip


def skewed(rows, seed):
    """As banks have them: heavy tails, a large offset, a constant, and values that are missing."""
    rng = np.random.default_rng(seed)
    money = np.exp(rng.normal(12, 2, rows))
    table = pd.DataFrame(
        {
            "balance": money,
            "income": money**0.5 * np.exp(rng.normal(0, 1, rows)),
            "opened": 1_700_000_000 + rng.integers(0, 1000, rows),
            "one": np.full(rows, 7.3),
            "none": np.full(rows, np.nan),
        }
    )
    for name in ("balance", "income", "opened"):
        table.loc[rng.random(rows) < 0.3, name] = np.nan
    return table


@pytest.mark.parametrize("rows", [3, 60, 5_000])
def test_agrees_with_scipy_whatever_the_parts(rows):
    table = skewed(rows, rows)
    whole = pearson_correlations([table], profiles(table))
    parts = [table[start : start + 7] for start in range(0, rows, 7)]
    in_parts = pearson_correlations(parts, profiles(table))
    pairs = list(itertools.combinations(table, 2))
    assert list(zip(whole["attribute_a"], whole["attribute_b"], strict=True)) == pairs
    for (a, b), found, again in zip(pairs, whole["pearson"], in_parts["pearson"], strict=True):
        both = table[[a, b]].dropna()
        if len(both) < 2 or both.nunique().min() < 2:
            assert np.isnan(found) and np.isnan(again)
        else:
            expected = stats.pearsonr(both[a], both[b]).statistic
            assert (found, again) == pytest.approx((expected, expected), abs=1e-9)


def test_without_numbers_there_is_no_pair():
    assert len(pearson_correlations([], [])) == 0
