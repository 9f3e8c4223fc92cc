import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from python_steps.statistics.proportions import odds_ratio
from python_steps.statistics.strata import (
    StratifiedEffect,
    how_pooling_misleads,
    stratified_effect,
    stratified_effects,
)

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
        odds_ratio(tables.sum(axis=0).tolist())[1:]
    )
    assert effect.p_value == pytest.approx(
        # Its own statsmodels takes from 1, which leaves few digits.
        stats.chi2.sf(expected.test_null_odds(correction=False).statistic, 1),
        rel=1e-9,
        abs=1e-300,
    )
    assert effect.crude_p_value == pytest.approx(
        stats.chi2_contingency(tables.sum(axis=0), correction=False).pvalue, rel=1e-9, abs=1e-300
    )
    # Where the odds ratio is 1, statsmodels divides by nothing.
    if len(cells) > 1 and effect.odds_ratio != 1:
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


def effects_in(cube, bands, alpha=0.05, max_strata=20, associations=()):
    names = [one.removesuffix("_band_order") for one in cube.columns[:-2]]
    attributes = [{"name": name, "type": "number"} for name in names]
    return stratified_effects(cube, attributes, bands, associations, alpha, max_strata)


def test_noise_reverses_hardly_ever():
    """Over all rows of a table together: at most alpha of the tables have a false finding."""
    random = np.random.default_rng(0)
    bands = [
        {"attribute": one, "band_order": order, "band": str(order)}
        for one in ("a", "b")
        for order in range(1, 6)
    ]
    found = 0
    for _ in range(200):
        cube = pd.DataFrame(
            [(a, b) for a in range(1, 5) for b in range(1, 6)],
            columns=["a_band_order", "b_band_order"],
        )
        cube["customers"] = random.integers(50, 200, size=len(cube))
        cube["churned"] = random.binomial(cube["customers"], 0.3)
        found += bool((effects_in(cube, bands)["misleads"] != "").any())
    # 5% of 200 are 10; more than 19 has a probability below 0.2%.
    assert found <= 19


def test_of_many_attributes_those_are_strata_that_could_explain_most():
    random = np.random.default_rng(1)
    names = ["own", "explains", "unrelated", "harmless"]
    orders = pd.DataFrame(random.integers(1, 3, size=(500, 4)), columns=names)
    cube = orders.add_suffix("_band_order")
    cube["customers"], cube["churned"] = 20, random.integers(0, 20, size=500)
    bands = [
        {"attribute": one, "band_order": order, "band": str(order)}
        for one in names
        for order in (1, 2)
    ]
    together = {
        ("own", "explains"): 0.5, ("explains", "has_churned"): 0.4,
        # It goes with the attribute but not with churn, or the other way round.
        ("own", "harmless"): 0.9, ("harmless", "has_churned"): 0.01,
        ("own", "unrelated"): 0.01, ("unrelated", "has_churned"): 0.9,
    }  # fmt: skip
    associations = [
        {"attribute_a": a, "attribute_b": b, "cramers_v": v} for (a, b), v in together.items()
    ]
    table = effects_in(cube, bands, max_strata=1, associations=associations)
    strata = table.groupby("attribute")["stratum_attribute"].unique()
    assert strata["own"].tolist() == ["explains"]
    whole = effects_in(cube, bands)
    assert len(whole) == 4 * 2 * 3
    # What is looked at less is the same.
    kept = whole.merge(table[["attribute", "band_order", "stratum_attribute"]])
    for column in ("odds_ratio", "p_value", "crude_odds_ratio"):
        assert kept[column].tolist() == table[column].tolist()


def effect(crude: float, crude_p: float, pooled: float, p: float, **more) -> StratifiedEffect:
    return StratifiedEffect(
        crude_odds_ratio=crude,
        crude_p_value=crude_p,
        odds_ratio=pooled,
        odds_ratio_low=pooled * 0.9,
        odds_ratio_high=pooled * 1.1,
        p_value=p,
        **more,
    )


@pytest.mark.parametrize(
    ("one", "how"),
    [
        (effect(1.0, 0.9, 1.5, 1e-9), "hidden"),
        (effect(1.5, 1e-9, 1.0, 0.9), "explained"),
        (effect(1.5, 1e-9, 0.6, 1e-9), "opposite"),
        (effect(1.5, 1e-9, 2.5, 1e-9), ""),
        # The p-values lie on two sides of alpha, but the effect is the same.
        (effect(1.45, 0.06, 1.5, 0.04), ""),
        (effect(1.0, 0.9, 1.5, 1e-9, reverses=True), "reverses"),
        (effect(float("nan"), 0.9, 1.5, 1e-9), ""),
        (StratifiedEffect(), ""),
    ],
)
def test_how_pooling_misleads(one, how):
    assert how_pooling_misleads(one, alpha=0.05) == how


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
    cube = pd.DataFrame(
        # Of 900 it is not known whether they have a card: they are compared with all others.
        [(1, 1, 500, 50), (2, 1, 700, 250), (1, 2, 100, 80), (2, 2, 100, 40), (0, 1, 900, 900)],
        columns=["card_band_order", "products_band_order", "customers", "churned"],
    )
    table = effects_in(cube, bands)
    table = table[table["attribute"] == "card"].set_index("band")
    assert list(table.index) == ["missing", "yes", "no"]
    assert table.loc["yes", "lowering_strata"] == "1-3"
    assert table.loc["yes", "raising_strata"] == "4 or more"
    assert table["reverses"].tolist() == [False, True, True]
    assert table.loc["yes", "odds_ratio"] == pytest.approx(1 / table.loc["no", "odds_ratio"])
