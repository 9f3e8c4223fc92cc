"""The regression on cells must be the regression on rows."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.outliers_influence import variance_inflation_factor

from python_steps.statistics import regression
from python_steps.statistics.penalised import variance_inflation
from python_steps.statistics.regression import adjusted_effects

from . import firth

ATTRIBUTES = [{"name": name} for name in ("age", "city", "card")]


def bands_of(cube: pd.DataFrame) -> list[dict]:
    return [
        {"attribute": one["name"], "band_order": int(order), "band": f"{one['name']} {order}"}
        for one in ATTRIBUTES
        for order in sorted(cube[f"{one['name']}_band_order"].unique())
    ]


def cube_of(rows: pd.DataFrame) -> pd.DataFrame:
    keys = [f"{one['name']}_band_order" for one in ATTRIBUTES]
    grouped = rows.groupby(keys)["has_churned"].agg(["size", "sum"]).reset_index()
    return grouped.rename(columns={"size": "customers", "sum": "churned"})


def made_up(seed: int, size: int = 3000) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    age, city = random.integers(0, 4, size), random.integers(1, 4, size)
    # The card depends on age, so that its crude effect is not its own.
    card = (random.random(size) < 0.2 + 0.15 * age).astype(int) + 1
    log_odds = -1.5 + 0.6 * (age == 2) - 0.8 * (age == 0) + 0.5 * (city == 3)
    churned = random.random(size) < 1 / (1 + np.exp(-log_odds))
    return pd.DataFrame(
        {"age_band_order": age, "city_band_order": city, "card_band_order": card}
    ).assign(has_churned=churned)


def effects_of(rows: pd.DataFrame) -> pd.DataFrame:
    cube = cube_of(rows)
    return adjusted_effects(cube, ATTRIBUTES, bands_of(cube)).set_index("band")


def design(rows: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    columns = {"intercept": np.ones(len(rows))}
    for band, row in effects.iterrows():
        if not np.isnan(row["standard_error"]):
            columns[band] = rows[f"{row['attribute']}_band_order"] == row["band_order"]
    return pd.DataFrame(columns).astype(float)


@pytest.mark.parametrize("seed", range(10))
def test_equals_the_penalised_regression_on_the_rows(seed):
    rows = made_up(seed)
    effects = effects_of(rows)
    columns = design(rows, effects)
    matrix, outcome = columns.to_numpy(), rows["has_churned"].to_numpy()
    beta, _ = firth.fit(matrix, outcome)
    errors = np.sqrt(np.diag(np.linalg.inv(firth.penalised(matrix, outcome, beta)[2])))
    assert len(beta) == 1 + 3 + 2 + 1
    for place, band in enumerate(columns.columns[1:], start=1):
        row = effects.loc[band]
        assert row["coefficient"] == pytest.approx(beta[place], rel=1e-8, abs=1e-10)
        assert row["standard_error"] == pytest.approx(errors[place], rel=1e-8)
        assert row["interval_kind"] == "wald"
        assert row["p_value"] == pytest.approx(
            2 * stats.norm.sf(abs(beta[place]) / errors[place]), rel=1e-6
        )
        interval = np.exp(beta[place] + np.array([-1, 1]) * 1.95996398454 * errors[place])
        assert (row["odds_ratio_low"], row["odds_ratio_high"]) == pytest.approx(
            tuple(interval), rel=1e-8
        )


def test_of_many_customers_it_is_maximum_likelihood():
    rows = made_up(1, 200_000)
    effects = effects_of(rows)
    fitted = sm.Logit(rows["has_churned"].astype(float), design(rows, effects)).fit(disp=0)
    for band in fitted.params.index.drop("intercept"):
        assert effects.loc[band, "coefficient"] == pytest.approx(fitted.params[band], abs=1e-4)
        assert effects.loc[band, "standard_error"] == pytest.approx(fitted.bse[band], rel=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_a_profile_ends_where_the_likelihood_says(seed):
    """Few who left, and of one band nobody."""
    rows = made_up(seed, 900)
    random = np.random.default_rng(seed)
    rows["has_churned"] &= (random.random(len(rows)) < 0.25) & (rows["age_band_order"] != 3)
    effects = effects_of(rows)
    columns = design(rows, effects)
    matrix, outcome = columns.to_numpy(), rows["has_churned"].to_numpy()
    _, best = firth.fit(matrix, outcome)
    for place, band in enumerate(columns.columns[1:], start=1):
        row = effects.loc[band]
        assert row["interval_kind"] == "profile"
        assert row["odds_ratio_low"] < row["odds_ratio"] < row["odds_ratio_high"]
        for end in (row["odds_ratio_low"], row["odds_ratio_high"]):
            _, reached = firth.fit(matrix, outcome, (place, np.log(end)))
            assert 2 * (best - reached) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-4)
        _, none = firth.fit(matrix, outcome, (place, 0.0))
        assert row["p_value"] == pytest.approx(stats.chi2.sf(2 * (best - none), 1), rel=1e-5)
    assert effects.loc["age 3", "note"] == "nobody left"
    assert effects.loc["age 3", "odds_ratio_high"] < 1


def test_where_time_is_short_the_rarest_bands_have_profiles(monkeypatch):
    rows = made_up(0, 900)
    rows["has_churned"] &= np.random.default_rng(0).random(len(rows)) < 0.25
    whole = effects_of(rows)
    rare = whole[whole["interval_kind"] == "profile"]
    assert len(rare) > 2
    cells = len(cube_of(rows))
    monkeypatch.setattr(regression, "MOST_LOOKS", 2 * 16 * (cells * 9 + 7**3))
    some = effects_of(rows)
    profiled = some[some["interval_kind"] == "profile"]
    assert len(profiled) == 2
    assert profiled["churned"].max() <= rare["churned"].nsmallest(2).max()
    assert (some.loc[rare.index, "odds_ratio_high"] > 0).all()


def test_of_one_attribute_the_penalty_is_half_a_customer_a_cell():
    """Known in closed form (Haldane 1956, Anscombe 1956)."""
    cube = pd.DataFrame(
        {"age_band_order": [1, 2], "city_band_order": 1, "card_band_order": 1,
         "customers": [60, 20], "churned": [7, 0]}
    )  # fmt: skip
    effects = adjusted_effects(cube, ATTRIBUTES, bands_of(cube)).set_index("band")
    expected = (0.5 / 20.5) / (7.5 / 53.5)
    assert effects.loc["age 2", "odds_ratio"] == pytest.approx(expected, rel=1e-9)


def test_variance_inflation_of_single_columns_is_that_of_statsmodels():
    random = np.random.default_rng(0)
    slopes = random.normal(size=(500, 4)) @ random.normal(size=(4, 4))
    full = np.column_stack([np.ones(500), slopes])
    covariance = np.linalg.inv(full.T @ full)
    for column in range(1, 5):
        assert variance_inflation(covariance, [column]) == pytest.approx(
            variance_inflation_factor(full, column), rel=1e-9
        )


def test_an_effect_that_turns_over_is_said_with_its_figures():
    """The card goes with age, which does it all and more."""
    random = np.random.default_rng(4)
    age = random.integers(0, 4, 20_000)
    card = (random.random(len(age)) < np.array([0.1, 0.1, 0.9, 0.9])[age]).astype(int) + 1
    chance = 1 / (1 + np.exp(2 - 1.5 * (age >= 2) + 0.7 * (card == 2)))
    rows = pd.DataFrame({"age_band_order": age, "city_band_order": 1, "card_band_order": card})
    effects = effects_of(rows.assign(has_churned=random.random(len(age)) < chance))
    (note,) = {one for one in effects["note"] if one.startswith("turns over")}
    row = effects[effects["note"] == note].iloc[0]
    assert row["attribute"] == "card"
    assert f"{row['crude_odds_ratio']:.2g} alone, {row['odds_ratio']:.2g} with" in note
    assert row["variance_inflation"] > 1.5


def test_confounding_is_taken_out():
    """The card does nothing here, but goes with age, which does."""
    effects = effects_of(made_up(1, 200_000))
    card = effects[(effects["attribute"] == "card") & (effects["note"] != "reference")].iloc[0]
    assert abs(np.log(card["crude_odds_ratio"])) > 0.15
    assert card["odds_ratio_low"] < 1 < card["odds_ratio_high"]
    age = effects[(effects["attribute"] == "age")]
    planted = np.exp(0.6 + 0.8)
    found = age.loc["age 2", "odds_ratio"] / age.loc["age 0", "odds_ratio"]
    assert found == pytest.approx(planted, rel=0.1)


def test_bands_that_always_go_together_are_told_apart_only_once():
    rows = made_up(3)
    rows["city_band_order"] = rows["age_band_order"].clip(lower=1)
    effects = effects_of(rows)
    unknown = effects[effects["note"] == "cannot be told from bands of other attributes"]
    assert set(unknown["attribute"]) == {"city"}
    assert effects.loc["age 2", "odds_ratio"] > 0
    assert unknown["odds_ratio"].isna().all()


def test_separation_by_a_combination_has_an_interval():
    """The odds grow without end where all of (1, 2) left, nobody of (2, 1), and half of the rest.

    Neither city nor card alone separates those who left.
    """
    cube = pd.DataFrame(
        {
            "age_band_order": 1,
            "city_band_order": [1, 1, 2, 2],
            "card_band_order": [1, 2, 1, 2],
            "customers": 20,
            "churned": [10, 20, 0, 10],
        }
    )
    effects = adjusted_effects(cube, ATTRIBUTES, bands_of(cube)).set_index("band")
    for band, direction in (("city 2", -1), ("card 2", 1)):
        row = effects.loc[band]
        assert row["note"] == ""
        assert np.isfinite([row["odds_ratio"], row["odds_ratio_low"], row["odds_ratio_high"]]).all()
        assert np.sign(row["coefficient"]) == direction
        assert row["crude_odds_ratio"] > 0


@pytest.mark.parametrize("everybody", [True, False])
def test_one_outcome_only(everybody):
    rows = made_up(4).assign(has_churned=everybody)
    effects = effects_of(rows)
    assert effects.loc[effects["note"] != "reference", "odds_ratio"].isna().all()
    assert effects["p_value"].isna().all()


def test_an_empty_cube_keeps_its_types():
    cube = cube_of(made_up(0)).head(0)
    effects = adjusted_effects(cube, ATTRIBUTES, [])
    assert effects.empty
    assert effects.dtypes["customers"] == np.int64
    assert effects.dtypes["odds_ratio"] == np.float64
