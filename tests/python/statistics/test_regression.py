"""The regression on cells must be the regression on rows."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from python_steps.statistics.regression import adjusted_effects

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
def test_equals_statsmodels_on_the_rows(seed):
    rows = made_up(seed)
    effects = effects_of(rows)
    fitted = sm.Logit(rows["has_churned"].astype(float), design(rows, effects)).fit(
        disp=0, tol=1e-14, maxiter=100
    )
    intervals = fitted.conf_int()
    assert len(fitted.params) == 1 + 3 + 2 + 1
    for band in fitted.params.index.drop("intercept"):
        row = effects.loc[band]
        assert row["coefficient"] == pytest.approx(fitted.params[band], rel=1e-9, abs=1e-11)
        assert row["standard_error"] == pytest.approx(fitted.bse[band], rel=1e-9)
        assert row["p_value"] == pytest.approx(fitted.pvalues[band], rel=1e-7)
        assert (row["odds_ratio_low"], row["odds_ratio_high"]) == pytest.approx(
            tuple(np.exp(intervals.loc[band])), rel=1e-9
        )


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


def test_a_band_of_which_nobody_left_changes_nothing_else():
    rows = made_up(2)
    certain = rows["age_band_order"] == 3
    rows.loc[certain, "has_churned"] = False
    effects, without = effects_of(rows), effects_of(rows[~certain])
    assert effects.loc["age 3", "note"] == "nobody left"
    assert np.isnan(effects.loc["age 3", "odds_ratio"])
    assert effects.loc["age 3", "customers"] == certain.sum()
    for band in ("age 0", "age 2", "city 3", "card 2"):
        assert effects.loc[band, "coefficient"] == pytest.approx(
            without.loc[band, "coefficient"], rel=1e-9
        )


def test_bands_that_always_go_together_are_told_apart_only_once():
    rows = made_up(3)
    rows["city_band_order"] = rows["age_band_order"].clip(lower=1)
    effects = effects_of(rows)
    unknown = effects[effects["note"] == "cannot be told from bands of other attributes"]
    assert set(unknown["attribute"]) == {"city"}
    assert effects.loc["age 2", "odds_ratio"] > 0
    assert unknown["odds_ratio"].isna().all()


def test_separation_by_a_combination_is_said():
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
    for band in ("city 2", "card 2"):
        assert effects.loc[band, "note"].startswith("too few who left or stayed")
        assert np.isnan(effects.loc[band, "odds_ratio"])
        assert effects.loc[band, "crude_odds_ratio"] > 0


@pytest.mark.parametrize("everybody", [True, False])
def test_one_outcome_only(everybody):
    rows = made_up(4).assign(has_churned=everybody)
    effects = effects_of(rows)
    assert effects["odds_ratio"].isna().all() or (effects["note"] == "reference").any()
    assert effects["p_value"].isna().all()


def test_an_empty_cube_keeps_its_types():
    cube = cube_of(made_up(0)).head(0)
    effects = adjusted_effects(cube, ATTRIBUTES, [])
    assert effects.empty
    assert effects.dtypes["customers"] == np.int64
    assert effects.dtypes["odds_ratio"] == np.float64
