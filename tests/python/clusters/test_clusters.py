import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from python_steps.clusters import fitting
from python_steps.clusters.agreement import adjusted_rand
from python_steps.clusters.assignment import cluster_cells
from python_steps.clusters.choice import choose_clusters
from python_steps.clusters.features import (
    FARTHEST,
    _weighted_quantiles,
    cell_features,
    clustered_attributes,
)
from python_steps.common.errors import ChurnError

SCORE = {"name": "credit_score", "type": "number", "unit": "points", "label": "credit score"}
BALANCE = {
    "name": "balance",
    "type": "number",
    "unit": "money",
    "label": "balance",
    "words": {"missing": "without a balance"},
    "ru": {"label": "баланс", "words": {"missing": "без баланса", "high": "большой баланс"}},
}
ACTIVE = {
    "name": "is_active",
    "type": "boolean",
    "label": "activity",
    "words": {"yes": "active", "no": "inactive"},
}
CITY = {"name": "city", "type": "text", "label": "city"}
ALL = [SCORE, BALANCE, ACTIVE]
BANDS = [
    {"attribute": "is_active", "band_order": 1, "band": "yes"},
    {"attribute": "is_active", "band_order": 2, "band": "no"},
    {"attribute": "city", "band_order": 1, "band": "Ростов"},
    {"attribute": "city", "band_order": 2, "band": "Рыбинск"},
    {"attribute": "city", "band_order": 3, "band": "Ярославль"},
]
SETTINGS = {
    "cluster_max": 4,
    "cluster_resamples": 5,
    "cluster_min_rand": 0.9,
    "random_seed": 1,
}


def cells(seed=0, size=300) -> pd.DataFrame:
    """Cells around three centres: low and high scores with a balance, and no balance."""
    random = np.random.default_rng(seed)
    group = random.integers(0, 3, size=size)
    customers = random.integers(1, 30, size=size)
    score = np.array([700, 900, 800])[group] + random.normal(0, 5, size=size)
    balance = np.exp(np.array([10, 14, 0])[group] + random.normal(0, 0.2, size=size))
    return pd.DataFrame(
        {
            "group": group,
            "credit_score_band_order": group + 1,
            "balance_band_order": np.where(group == 2, 0, group + 1),
            "is_active_band_order": np.where(group == 0, 1, 2),
            "city_band_order": 1 + random.integers(0, 3, size=size),
            "credit_score_sum": score * customers,
            "balance_sum": np.where(group == 2, np.nan, balance * customers),
            "customers": customers,
        }
    )


def noise(seed=0, size=400) -> pd.DataFrame:
    """One round cloud."""
    random = np.random.default_rng(seed)
    customers = np.ones(size, dtype=int)
    return pd.DataFrame(
        {
            "credit_score_band_order": 1,
            "balance_band_order": 1,
            "credit_score_sum": random.normal(800, 50, size=size),
            "balance_sum": np.exp(random.normal(12, 1, size=size)),
            "customers": customers,
        }
    )


def test_finds_planted_groups_and_their_number():
    table = cells()
    choice = choose_clusters(table, ALL, BANDS, SETTINGS).set_index("cluster_count")
    assert choice.loc[3, "adjusted_rand"] == pytest.approx(1)
    assert choice.loc[3, ["is_stable", "is_structured"]].all()
    assert choice["is_chosen"].sum() == 1
    assert choice["is_chosen"].idxmax() >= 3
    result = cluster_cells(table, ALL, BANDS, 3, SETTINGS)
    assert (pd.crosstab(result["cluster_id"], table["group"]) > 0).sum().tolist() == [1, 1, 1]
    assert (result["silhouette"] > 0.7).all()
    assert (result["stability"] == 1).all()
    sizes = table.groupby(result["cluster_id"])["customers"].sum()
    assert sizes.is_monotonic_decreasing
    names = dict(zip(table["group"], result["name"], strict=True))
    assert names[2].startswith("Without a balance")
    assert "high balance" in names[1].lower()
    assert "high credit score" in names[1].lower()
    assert "ctive" in names[0]
    russian = dict(zip(table["group"], result["name_ru"], strict=True))
    assert russian[2].startswith("Без баланса")


@pytest.mark.parametrize("seed", range(6))
def test_without_structure_the_customers_are_one_group(seed):
    table = noise(seed)
    choice = choose_clusters(table, [SCORE, BALANCE], BANDS, SETTINGS)
    assert choice["is_chosen"].tolist() == [True, False, False, False]
    result = cluster_cells(table, [SCORE, BALANCE], BANDS, 1, SETTINGS)
    assert set(result["cluster_id"]) == {1}
    assert set(result["name"]) == {"All customers"}
    assert result[["silhouette", "stability"]].isna().all(axis=None)


def test_features_are_robust():
    table = cells()
    features = cell_features(table, [*ALL, CITY], BANDS)
    assert features.meanings == (
        ("credit_score", "high"),
        ("balance", "high"),
        ("balance", "missing"),
        ("is_active", "no"),
        ("city", "Рыбинск"),
        ("city", "Ярославль"),
    )
    assert np.abs(features.values[:, :2]).max() <= FARTHEST
    # Flags are standardised over customers.
    weights = features.weights
    means = np.average(features.values, axis=0, weights=weights)
    deviations = np.sqrt(np.average((features.values - means) ** 2, axis=0, weights=weights))
    assert means[2:] == pytest.approx(np.zeros(4), abs=1e-12)
    assert deviations[2:] == pytest.approx(np.ones(4))
    assert (features.values[table["group"] == 2, 1] == 0).all()
    # A fortune changes nothing for the others.
    rich = table.copy()
    rich.loc[rich["balance_sum"].idxmax(), "balance_sum"] *= 1e6
    changed = np.abs(cell_features(rich, ALL, BANDS).values - features.values[:, :4])
    assert (changed > 1e-9).any(axis=1).sum() <= 1


def test_quantiles_of_cells_are_those_of_their_customers():
    random = np.random.default_rng(0)
    values, weights = random.normal(size=50), random.integers(1, 9, size=50)
    expected = np.quantile(np.repeat(values, weights), (0.25, 0.5, 0.75), method="inverted_cdf")
    found = _weighted_quantiles(values, weights.astype(float), (0.25, 0.5, 0.75))
    assert found == pytest.approx(expected)


def test_cells_stand_for_their_customers():
    """Two cells of one customer each are the same as one cell of two at the same place."""
    one = cells(size=60)
    two = pd.concat([one, one], ignore_index=True)
    doubled = one.assign(
        customers=one["customers"] * 2,
        credit_score_sum=one["credit_score_sum"] * 2,
        balance_sum=one["balance_sum"] * 2,
    )
    assert cell_features(doubled, [SCORE, BALANCE], BANDS).values == pytest.approx(
        cell_features(two, [SCORE, BALANCE], BANDS).values[:60]
    )


@pytest.mark.parametrize("seed", range(10))
def test_adjusted_rand_is_that_of_the_customers(seed):
    random = np.random.default_rng(seed)
    one, other = random.integers(0, 4, size=(2, 60))
    other = np.where(random.random(60) < 0.5, one, other)
    weights = random.integers(1, 9, size=60)
    expected = adjusted_rand_score(np.repeat(one, weights), np.repeat(other, weights))
    assert adjusted_rand(one, other, weights.astype(float)) == pytest.approx(expected)
    assert adjusted_rand(one, (one + 1) % 4, weights.astype(float)) == pytest.approx(1)
    assert adjusted_rand(one * 0, one * 0, weights.astype(float)) == 1


def test_more_customers_than_the_fit_looks_at_give_the_same_groups(monkeypatch):
    table = cells()
    whole = cluster_cells(table, ALL, BANDS, 3, SETTINGS)
    monkeypatch.setattr(fitting, "FITTED_CUSTOMERS", 500)
    sampled = cluster_cells(table, ALL, BANDS, 3, SETTINGS)
    pd.testing.assert_series_equal(whole["cluster_id"], sampled["cluster_id"])


def test_a_sample_without_the_rare_cells_is_not_fitted():
    table = cells(size=3).assign(customers=[9_999_990, 5, 5])
    result = cluster_cells(table, [SCORE], BANDS, 2, SETTINGS)
    assert result["cluster_id"].nunique() == 2


def test_same_input_same_clusters():
    for _ in range(2):
        first, again = (cluster_cells(cells(), [SCORE, BALANCE], BANDS, 3, SETTINGS),) * 2
        pd.testing.assert_frame_equal(first, again, check_exact=True)
    first, again = (choose_clusters(cells(), ALL, BANDS, SETTINGS) for _ in range(2))
    pd.testing.assert_frame_equal(first, again, check_exact=True)


def test_names_differ():
    """Groups that differ in nothing that has a name are numbered."""
    table = noise()
    result = cluster_cells(table, [SCORE, BALANCE], BANDS, 4, SETTINGS)
    assert result.groupby("cluster_id")["name"].first().is_unique


def test_few_cells_or_none():
    two = cells(size=2)
    choice = choose_clusters(two, [SCORE], BANDS, SETTINGS)
    assert choice["cluster_count"].max() <= 2
    nothing = cells().iloc[:0]
    assert choose_clusters(nothing, ALL, BANDS, SETTINGS)["is_chosen"].tolist() == [True]
    assert len(cluster_cells(nothing, ALL, BANDS, 1, SETTINGS)) == 0


def test_mistakes_in_the_vars_are_named():
    settings = {**SETTINGS, "attributes": ALL, "cluster_attributes": ["balance", "tenure"]}
    with pytest.raises(ChurnError, match="cluster_attributes names tenure; known are credit_score"):
        clustered_attributes(settings)
    settings |= {"cluster_attributes": ["balance"], "cluster_max": 0}
    with pytest.raises(ChurnError, match="cluster_max is 0"):
        clustered_attributes(settings)
