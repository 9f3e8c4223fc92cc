import numpy as np
import pandas as pd
import pytest

from python_steps.clustering import cell_features, cluster_cells

SCORE = {"name": "credit_score", "type": "number", "unit": "points"}
BALANCE = {"name": "balance", "type": "number", "unit": "money"}
ACTIVE = {"name": "is_active", "type": "boolean"}
SETTINGS = {"cluster_count": 3, "cluster_resamples": 5, "random_seed": 1}


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
            "credit_score_sum": score * customers,
            "balance_sum": np.where(group == 2, np.nan, balance * customers),
            "customers": customers,
        }
    )


def test_finds_planted_groups():
    table = cells()
    result = cluster_cells(table, [SCORE, BALANCE, ACTIVE], SETTINGS)
    assert (pd.crosstab(result["cluster_id"], table["group"]) > 0).sum().tolist() == [1, 1, 1]
    assert (result["silhouette"] > 0.7).all()
    assert (result["stability"] == 1).all()
    assert result["adjusted_rand"].iloc[0] == pytest.approx(1)
    sizes = table.groupby(result["cluster_id"])["customers"].sum()
    assert sizes.is_monotonic_decreasing


def test_noise_has_low_silhouette():
    random = np.random.default_rng(0)
    table = cells()
    table["credit_score_sum"] = random.normal(800, 50, size=len(table)) * table["customers"]
    result = cluster_cells(table, [SCORE], SETTINGS)
    assert np.average(result["silhouette"], weights=table["customers"]) < 0.7


def test_features_are_standardised_over_customers():
    table = cells()
    features = cell_features(table, [SCORE, BALANCE, ACTIVE])
    # Score, balance, missing balance, activity.
    assert features.shape == (300, 4)
    weights = table["customers"].to_numpy()
    means = np.average(features, axis=0, weights=weights)
    deviations = np.sqrt(np.average((features - means) ** 2, axis=0, weights=weights))
    assert means == pytest.approx(np.zeros(4), abs=1e-12)
    # The balance is standardised over those who have one.
    assert deviations[[0, 2, 3]] == pytest.approx(np.ones(3))
    assert (features[table["group"] == 2, 1] == 0).all()


def test_cells_stand_for_their_customers():
    """Two cells of one customer each are the same as one cell of two at the same place."""
    one = cells(size=60)
    two = pd.concat([one, one], ignore_index=True)
    doubled = one.assign(
        customers=one["customers"] * 2,
        credit_score_sum=one["credit_score_sum"] * 2,
        balance_sum=one["balance_sum"] * 2,
    )
    assert cell_features(doubled, [SCORE, BALANCE]) == pytest.approx(
        cell_features(two, [SCORE, BALANCE])[:60]
    )


def test_same_input_same_clusters():
    first = cluster_cells(cells(), [SCORE, BALANCE], SETTINGS)
    again = cluster_cells(cells(), [SCORE, BALANCE], SETTINGS)
    pd.testing.assert_frame_equal(first, again, check_exact=True)


def test_fewer_cells_than_clusters():
    result = cluster_cells(cells(size=2), [SCORE], SETTINGS)
    assert result["cluster_id"].between(1, 2).all()
    nothing = cluster_cells(cells().iloc[:0], [SCORE], SETTINGS)
    assert len(nothing) == 0
