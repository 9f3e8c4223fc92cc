"""Portraits, recomputed from customers by pandas and SciPy."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from python_steps.statistics.portraits import (
    SMALL,
    order_difference,
    portraits,
    value_difference,
)

AGE = {"name": "age", "type": "number", "unit": "years", "label": "age", "phrase": "aged {}"}
BALANCE = {"name": "balance", "type": "number", "unit": "money", "label": "balance",
           "words": {"known": "with a balance", "missing": "without a balance"}}  # fmt: skip
PRODUCTS = {"name": "products", "type": "integer", "unit": "count", "label": "products",
            "phrase": "{} products"}  # fmt: skip
GENDER = {"name": "gender", "type": "text", "label": "gender",
          "words": {"male": "men", "female": "women"}}  # fmt: skip
CARD = {"name": "card", "type": "boolean", "label": "card",
        "words": {"yes": "with a card", "no": "without a card"}}  # fmt: skip
ATTRIBUTES = [AGE, BALANCE, PRODUCTS, GENDER, CARD]


def bank(rows=4_000, seed=1):
    """Skewed money that many do not have, and churn that goes with it."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "age": rng.integers(18, 80, rows).astype(float),
            "balance": np.floor(np.exp(rng.normal(6, 2, rows))),
            "products": rng.choice([1.0, 2.0, 3.0], rows, p=[0.3, 0.5, 0.2]),
            "gender": rng.choice(["male", "female"], rows),
            "card": rng.choice(["yes", "no"], rows, p=[0.7, 0.3]),
        }
    )
    # Of three digits, as the counts are.
    table["balance"] = table["balance"].map(lambda one: float(f"{one:.3g}"))
    table.loc[rng.random(rows) < 0.3, "balance"] = np.nan
    table.loc[rng.random(rows) < 0.02, "age"] = np.nan
    chance = 0.1 + 0.3 * (table["gender"] == "male") * table["balance"].notna()
    table["left"] = rng.random(rows) < chance
    table["cluster"] = np.where(table["age"].fillna(40) > 50, 1, 2)
    return table


def counted(table, segments):
    rows = []
    masks = [table["left"], ~table["left"], *segments,
             table["cluster"] == 1, table["cluster"] == 2, table["cluster"] == 3]  # fmt: skip
    for attribute in ATTRIBUTES:
        name = attribute["name"]
        values = table[name]
        for value in [None, *sorted(values.dropna().unique())]:
            members = values.isna() if value is None else values == value
            if members.any():
                is_number = attribute["type"] in ("number", "integer")
                rows.append({
                    "attribute": name, "step": value if is_number else None,
                    "value": None if is_number else value,
                    "customers": [int((members & mask).sum()) for mask in masks],
                })  # fmt: skip
    return rows


def test_portraits_are_those_of_the_customers():
    table = bank()
    segment = (table["gender"] == "male") & table["balance"].notna()
    found = portraits(counted(table, [segment]), ATTRIBUTES, [{"segment_id": "x"}])
    groups = {"left": table["left"], "stayed": ~table["left"], "x": segment,
              "1": table["cluster"] == 1, "2": table["cluster"] == 2}  # fmt: skip
    # The third cluster has nobody.
    assert len(found) == len(groups) * len(ATTRIBUTES)
    for row in found.to_dict("records"):
        mask = groups[row["group_id"]]
        for prefix, members in (("", mask), ("other_", ~mask)):
            values = table.loc[members, row["attribute"]]
            known = values.dropna()
            assert row[f"{prefix}missing_share"] == pytest.approx(values.isna().mean())
            if row["attribute"] in ("age", "balance", "products"):
                quartiles = np.quantile(known, [0.25, 0.5, 0.75], method="inverted_cdf")
                names = ("lower_quartile", "median", "upper_quartile")
                assert [row[prefix + name] for name in names] == quartiles.tolist()
            if row["attribute"] in ("products", "gender", "card"):
                top = known.value_counts(normalize=True)
                mode = top.index[0]
                said = f"{mode:g}" if row["attribute"] == "products" else mode
                assert row[f"{prefix}mode"] == said
                assert row[f"{prefix}mode_share"] == pytest.approx(top.iloc[0])
        assert row["customers"] == mask.sum()
    left = found[found["group_id"] == "left"].set_index("attribute")
    assert left["portrait"].nunique() == 1
    assert left["portrait"].iloc[0] == "Typically men, with a balance."
    assert left["portrait_ru"].iloc[0].startswith("Обычно это gender male, ")
    stayed = found[found["group_id"] == "stayed"].set_index("attribute")
    # Each differs from the other as far, the other way.
    for name in ("standardised_difference", "missing_difference"):
        both = left[name].to_numpy() + stayed[name].to_numpy()
        assert np.abs(np.delete(both, ATTRIBUTES.index(GENDER))).max() < 1e-9 or name[0] == "m"


def test_differences_are_those_of_the_sources():
    rng = np.random.default_rng(4)
    a, b = rng.integers(0, 9, 300), rng.integers(1, 10, 200)
    counts = [np.bincount(one, minlength=10) for one in (a, b)]
    above = stats.mannwhitneyu(a, b).statistic / (len(a) * len(b))
    assert order_difference(*counts) == pytest.approx(math.sqrt(2) * stats.norm.ppf(above))
    assert order_difference(*counts) == pytest.approx(-order_difference(*counts[::-1]))
    # Of normal values it is their distance in standard deviations.
    normal = [rng.normal(shift, 1, 40_000) for shift in (0.6, 0.0)]
    edges = np.linspace(-5, 6, 2_000)
    binned = [np.histogram(one, edges)[0] for one in normal]
    assert order_difference(*binned) == pytest.approx(0.6, abs=0.03)
    # Of two shares: their difference by the deviation in the middle.
    p, q = 0.7, 0.4
    two = [np.array([700, 300]), np.array([80, 120])]
    assert value_difference(*two) == pytest.approx((p - q) / math.sqrt(0.55 * 0.45))
    # Of several values: Mahalanobis' distance with the covariance in the middle.
    counts = [np.array([50, 30, 20]), np.array([20, 30, 50])]
    shares = [one / one.sum() for one in counts]
    middle = (shares[0] + shares[1]) / 2
    covariance = np.diag(middle) - np.outer(middle, middle)
    apart = shares[0] - shares[1]
    expected = math.sqrt(apart @ np.linalg.pinv(covariance) @ apart)
    assert value_difference(*counts) == pytest.approx(expected)


@pytest.mark.parametrize("difference", [order_difference, value_difference])
def test_of_nobody_there_is_no_difference(difference):
    assert math.isnan(difference(np.array([0, 0]), np.array([3, 4])))


def test_all_of_one_group_above_the_other_is_far_and_finite():
    apart = order_difference(np.array([0, 5]), np.array([5, 0]))
    assert 2 < apart < 4 and apart > order_difference(np.array([0, 2]), np.array([2, 0]))


def test_a_group_that_is_like_all_others_says_so():
    table = bank()
    rng = np.random.default_rng(9)
    any_half = pd.Series(rng.random(len(table)) < 0.5)
    found = portraits(counted(table, [any_half]), ATTRIBUTES, [{"segment_id": "x"}])
    own = found[found["group_id"] == "x"]
    assert own["standardised_difference"].abs().max() < SMALL
    assert set(own["portrait"]) == {"Hardly different from all others."}


def test_what_others_have_more_often_is_no_portrait():
    """Most of both groups have a card, and those who left less often: a card tells nobody."""
    row = {"attribute": "card", "step": None}
    counts = [{**row, "value": "no", "customers": [45, 100]},
              {**row, "value": "yes", "customers": [55, 900]}]  # fmt: skip
    found = portraits(counts, [CARD], []).set_index("group_id")
    assert found.loc["left", "mode"] == "yes"
    assert found.loc["left", "standardised_difference"] < -SMALL
    assert "card" not in found.loc["left", "portrait"]
    assert found.loc["stayed", "portrait"] == "Typically customers, with a card."


def test_without_customers_there_is_no_portrait():
    assert len(portraits([], ATTRIBUTES, [])) == 0
    nobody = [{"attribute": "age", "step": None, "value": None, "customers": [0, 7]}]
    found = portraits(nobody, [AGE], [])
    assert found["group_id"].tolist() == ["stayed"]
    assert found["typical"].tolist() == ["missing (100%)"]
    assert found["other_typical"].tolist() == ["nobody"]
