import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from python_steps.stratified_effects import stratified_effect, stratified_effects

cell = st.integers(1, 400)
strata = st.lists(st.tuples(cell, cell, cell, cell), min_size=1, max_size=6)


@settings(max_examples=300, deadline=None)
@given(strata)
def test_equals_statsmodels(cells):
    tables = np.array(cells, dtype=float).reshape(-1, 2, 2)
    effect = stratified_effect(tables)
    expected = StratifiedTable([table for table in tables])
    assert effect.strata == len(cells)
    assert effect.odds_ratio == pytest.approx(expected.oddsratio_pooled, rel=1e-9)
    low, high = expected.oddsratio_pooled_confint()
    assert (effect.odds_ratio_low, effect.odds_ratio_high) == pytest.approx((low, high), rel=1e-9)
    crude = Table2x2(tables.sum(axis=0))
    assert effect.crude_odds_ratio == pytest.approx(crude.oddsratio, rel=1e-9)
    assert (effect.crude_odds_ratio_low, effect.crude_odds_ratio_high) == pytest.approx(
        crude.oddsratio_confint(), rel=1e-9
    )
    if len(cells) > 1:
        tarone = expected.test_equal_odds(adjust=True)
        # statsmodels solves the quadratic in a form that cancels digits near an odds ratio of 1.
        assert effect.homogeneity_statistic == pytest.approx(tarone.statistic, rel=1e-6, abs=1e-6)
        assert effect.homogeneity_p_value == pytest.approx(tarone.pvalue, rel=1e-6, abs=1e-9)


def test_equal_strata_are_homogeneous():
    effect = stratified_effect([[[1, 4], [57, 9]]] * 3)
    assert effect.homogeneity_statistic == pytest.approx(0, abs=1e-12)
    assert effect.homogeneity_p_value == pytest.approx(1)


def test_a_reversal_is_found_where_the_pooled_effect_hides_it():
    down, up = [[50, 450], [250, 450]], [[80, 20], [40, 60]]
    effect = stratified_effect([down, up])
    assert effect.reverses
    assert (effect.lowering_strata, effect.raising_strata) == ((0,), (1,))
    assert effect.homogeneity_p_value < 1e-6
    assert not stratified_effect([down, down]).reverses


def test_noise_does_not_reverse():
    random = np.random.default_rng(0)
    found = 0
    for _ in range(300):
        sizes = random.integers(50, 200, size=(5, 2))
        left = random.binomial(sizes, 0.3)
        found += stratified_effect(np.stack([left, sizes - left], axis=2)).reverses
    # One stratum alone is beyond doubt in 5% of the cases; two of opposite sign hardly ever.
    assert found <= 3


@pytest.mark.parametrize("tables", [[[[0, 0], [0, 0]]], [[[0, 5], [0, 5]]], [[[5, 0], [5, 0]]]])
def test_empty_margins_say_nothing(tables):
    effect = stratified_effect(tables)
    assert effect.strata == 0
    assert math.isnan(effect.odds_ratio)
    assert not effect.reverses


def test_rows_name_the_strata():
    bands = [
        {"attribute": name, "band_order": order, "band": band}
        for name, order, band in (
            ("card", 0, "missing"), ("card", 1, "yes"), ("card", 2, "no"),
            ("products", 1, "1-3"), ("products", 2, "4 or more"),
        )
    ]  # fmt: skip
    counts = {(1, 1): (500, 50), (2, 1): (700, 250), (1, 2): (100, 80), (2, 2): (100, 40)}
    pairs = [
        {
            "attribute": "card",
            "band_order": band,
            "stratum_attribute": "products",
            "stratum_band_order": stratum,
            "customers": customers,
            "churned": churned,
        }
        for (band, stratum), (customers, churned) in counts.items()
    ] + [
        # Customers of whom it is not known whether they have a card take no part.
        {
            "attribute": "card",
            "band_order": 0,
            "stratum_attribute": "products",
            "stratum_band_order": 1,
            "customers": 900,
            "churned": 900,
        }
    ]
    table = stratified_effects(pairs, bands, alpha=0.05).set_index("band")
    assert list(table.index) == ["yes", "no"]
    assert table.loc["yes", "lowering_strata"] == "1-3"
    assert table.loc["yes", "raising_strata"] == "4 or more"
    assert table["reverses"].all()
    assert table.loc["yes", "odds_ratio"] == pytest.approx(1 / table.loc["no", "odds_ratio"])
