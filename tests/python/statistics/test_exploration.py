"""Profiles and associations against pandas and SciPy on the rows."""

import math
from decimal import Decimal
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from python_steps.statistics.contingency import cramers_v
from python_steps.statistics.exploration import (
    attribute_associations,
    attribute_profiles,
    correlation_ratio,
    spearman,
)

tables = st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=5)


@settings(max_examples=200, deadline=None)
@given(tables)
def test_associations_of_bands_equal_scipy(table):
    counts = np.array(table)
    filled = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    v, corrected = cramers_v(counts)
    rho = spearman(counts)
    if min(filled.shape) < 2:
        assert math.isnan(v)
        return
    assert v == pytest.approx(stats.contingency.association(filled, method="cramer"), abs=1e-9)
    assert math.isnan(corrected) or corrected <= v + 1e-9
    rows, columns = np.indices(counts.shape)
    expected = stats.spearmanr(
        rows.ravel().repeat(counts.ravel()), columns.ravel().repeat(counts.ravel())
    ).statistic
    assert rho == pytest.approx(expected, abs=1e-9)


def test_corrected_v_vanishes_without_a_relation():
    random = np.random.default_rng(0)
    found = [
        cramers_v(random.multinomial(500, np.full(20, 1 / 20)).reshape(4, 5)) for _ in range(200)
    ]
    plain, corrected = np.mean(found, axis=0)
    assert plain > 0.08
    assert corrected < 0.03


def test_correlation_ratio_equals_the_analysis_of_variance():
    random = np.random.default_rng(1)
    groups = [random.normal(mean, size=50) for mean in (0, 0.5, 2)]
    values = np.concatenate(groups)
    eta = correlation_ratio(
        [50, 50, 50, 0], [one.sum() for one in groups] + [0], ((values - values.mean()) ** 2).sum()
    )
    f = stats.f_oneway(*groups).statistic
    assert eta**2 == pytest.approx(f * 2 / (f * 2 + 147), rel=1e-9)
    assert math.isnan(correlation_ratio([5], [1], 3.0))
    assert math.isnan(correlation_ratio([5, 5], [1, 2], 0.0))


ATTRIBUTES = [
    {"name": "age", "type": "number"},
    {"name": "city", "type": "text"},
    {"name": "money", "type": "number"},
]


def moments_of(rows: pd.DataFrame, name: str) -> list[dict]:
    """What int_attribute_moments holds."""
    values = rows[name].dropna()
    centre, scale = round(values.mean(), 4), values.max() - values.min()
    found = []
    for group, part in {
        "all": rows, "left": rows[rows["churned"]], "stayed": rows[~rows["churned"]],
    }.items():  # fmt: skip
        one = part[name].dropna()
        z = (one - centre) / scale
        found.append(
            {
                "attribute": name,
                "customer_group": group,
                "value_count": len(one),
                "value_sum": sum(Decimal(str(value)) for value in one),
                "minimum": one.min(),
                "maximum": one.max(),
                **{f"quantile_{q:02}": one.quantile(q / 100) for q in (5, 25, 50, 75, 95)},
                "scale": scale,
                "scaled_sum": Decimal(str(z.sum())),
                "scaled_sum_of_squares": Decimal(str((z**2).sum())),
                "scaled_sum_of_cubes": Decimal(str((z**3).sum())),
            }
        )
    return found


@pytest.fixture
def rows() -> pd.DataFrame:
    random = np.random.default_rng(2)
    size = 400
    made = pd.DataFrame(
        {
            "age": random.integers(18, 80, size).astype(float),
            "city": random.choice(["A", "B"], size),
            "money": random.lognormal(3, 1, size).round(2),
            "churned": random.random(size) < 0.3,
        }
    )
    # Money is missing where customers hardly leave; one age is missing by chance.
    made.loc[~made["churned"] & (random.random(size) < 0.3), "money"] = np.nan
    made.loc[3, "age"] = np.nan
    return made


def rates_of(rows: pd.DataFrame, name: str) -> list[dict]:
    bands = rows[name] if name == "city" else (rows[name] > rows[name].median()).map(str)
    bands = bands.where(rows[name].notna(), "missing")
    return [
        {
            "attribute": name, "band": band, "band_order": 0 if band == "missing" else order,
            "customers": len(part), "churned": int(part["churned"].sum()),
        }
        for order, (band, part) in enumerate(rows.groupby(bands), start=1)
    ]  # fmt: skip


def test_profiles_equal_pandas(rows):
    profiles = attribute_profiles(
        ATTRIBUTES,
        [one for name in ("age", "money") for one in moments_of(rows, name)],
        [one for name in ("age", "city", "money") for one in rates_of(rows, name)],
        [],
        alpha=0.05,
    ).set_index(["attribute", "customer_group"])
    for name in ("age", "money"):
        for group, part in (("all", rows), ("left", rows[rows["churned"]])):
            row = profiles.loc[name, group]
            assert row["mean"] == pytest.approx(part[name].mean(), rel=1e-9)
            assert row["standard_deviation"] == pytest.approx(part[name].std(), rel=1e-9)
            assert row["skewness"] == pytest.approx(part[name].skew(), rel=1e-6)
            assert row["present"] == part[name].count()
            assert row["missing"] == part[name].isna().sum()
    money = profiles.loc["money", "all"]
    assert money["missing_is_informative"]
    assert money["missing_churn_rate"] == 0
    assert not profiles.loc["age", "all"]["missing_is_informative"]
    assert not profiles.loc["money", "left"]["missing_is_informative"]
    city = profiles.loc["city", "all"]
    assert city["most_frequent_value"] == rows["city"].mode()[0]
    assert city["most_frequent_share"] == pytest.approx(
        rows["city"].value_counts(normalize=True).iloc[0]
    )
    assert math.isnan(city["mean"])


@pytest.mark.parametrize(("largest", "expected"), [(3, ("2", "1", "2")), (1_000, ("", "", ""))])
def test_whole_numbers_have_a_most_frequent_value(largest, expected):
    attribute = {"name": "products", "type": "integer"}
    counts = [(None, 90, 9), (1, 40, 30), (2, 90, 20), (largest, 10, 5)]
    values = [
        {"attribute": "products", "step": step, "discovery_customers": customers - 1,
         "discovery_churned": left - 1, "confirmation_customers": 1, "confirmation_churned": 1}
        for step, customers, left in counts
    ]  # fmt: skip
    moments = [
        {"attribute": "products", "customer_group": group, "value_count": 0, "value_sum": None}
        for group in ("all", "left", "stayed")
    ]
    rates = [{"attribute": "products", "band": "x", "band_order": 1, "customers": 9, "churned": 1}]
    found = attribute_profiles([attribute], moments, rates, values, 0.05)
    assert tuple(found["most_frequent_value"]) == expected
    if expected[0]:
        assert found["most_frequent_share"].tolist() == pytest.approx([90 / 140, 30 / 55, 70 / 85])


def test_constant_and_absent_values():
    base = {
        "attribute": "age", "minimum": 5.0, "maximum": 5.0, "scale": None, "scaled_sum": None,
        "scaled_sum_of_squares": None, "scaled_sum_of_cubes": None,
    }  # fmt: skip
    moments = [
        {**base, "customer_group": "all", "value_count": 3, "value_sum": Decimal(15)},
        {**base, "customer_group": "left", "value_count": 0, "value_sum": None},
    ]
    rates = [{"attribute": "age", "band": "5", "band_order": 1, "customers": 3, "churned": 0}]
    profiles = attribute_profiles(ATTRIBUTES[:1], moments, rates, [], 0.05)
    assert profiles["mean"].tolist()[0] == 5
    assert profiles["standard_deviation"].tolist()[0] == 0
    assert profiles["skewness"].isna().all()
    assert profiles["missing_share"].tolist()[0] == 0
    assert math.isnan(profiles["missing_share"].tolist()[1])


def test_every_pair_is_there_once_with_what_applies():
    cube = pd.DataFrame(
        list(product((1, 2), (1, 2), (0, 1, 2))),
        columns=["age_band_order", "city_band_order", "money_band_order"],
    )
    cube["customers"] = 10 + cube.index
    cube["churned"] = cube.index % 5
    sums = [
        {
            "attribute": name,
            "group_attribute": "city",
            "group_band_order": group,
            "value_sum": Decimal(100 * group),
        }
        for name in ("age", "money")
        for group in (1, 2)
    ]
    moments = [
        {
            "attribute": name, "customer_group": group, "value_count": 46, "value_sum": Decimal(60),
            "scale": 10.0, "scaled_sum": Decimal(0), "scaled_sum_of_squares": Decimal(9),
        }
        for name in ("age", "money") for group in ("all", "left", "stayed")
    ]  # fmt: skip
    table = attribute_associations(cube, ATTRIBUTES, sums, moments)
    found = {(row.attribute_a, row.attribute_b): row for row in table.itertuples()}
    assert len(found) == 6
    assert not math.isnan(found["age", "money"].spearman)
    assert math.isnan(found["age", "money"].correlation_ratio)
    assert not math.isnan(found["age", "city"].correlation_ratio)
    assert math.isnan(found["city", "has_churned"].correlation_ratio)
    assert {one.customers for one in found.values()} == {cube["customers"].sum()}
    # Of money only those with a value.
    present = cube[cube["money_band_order"] > 0].groupby("city_band_order")["customers"].sum()
    assert found["city", "money"].correlation_ratio == pytest.approx(
        correlation_ratio(present.tolist(), [100, 200], 9 * 10.0**2)
    )


def test_one_attribute_alone_goes_with_churn_too():
    cube = pd.DataFrame({"city_band_order": [1, 2], "customers": [30, 40], "churned": [3, 20]})
    city = [one for one in ATTRIBUTES if one["name"] == "city"]
    (row,) = attribute_associations(cube, city, [], []).itertuples()
    assert (row.attribute_b, row.customers) == ("has_churned", 70)
    assert row.cramers_v == pytest.approx(cramers_v([[3, 27], [20, 20]])[0])


def test_nobody_goes_with_nothing():
    cube = pd.DataFrame(
        columns=[*(f"{one['name']}_band_order" for one in ATTRIBUTES), "customers", "churned"],
        dtype=int,
    )
    table = attribute_associations(cube, ATTRIBUTES, [], [])
    assert (table["customers"] == 0).all()
    assert table[["cramers_v", "spearman", "correlation_ratio"]].isna().all(axis=None)
