import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from python_steps import segment_rules as rules
from python_steps.errors import ChurnError
from python_steps.segments import confirm_segments, find_risk_segments

AGE = {"name": "age", "type": "number", "label": "age", "unit": "years"}
CITY = {"name": "city", "type": "text", "label": "city"}
ACTIVE = {
    "name": "is_active",
    "type": "boolean",
    "label": "activity",
    "words": {"yes": "active", "no": "inactive"},
}
BALANCE = {"name": "balance", "type": "number", "label": "balance", "unit": "money"}


def band(attribute, order, name, kind="interval", lower=None, upper=None):
    return {
        "attribute": attribute,
        "band_order": order,
        "band": name,
        "band_kind": kind,
        "lower_bound": lower,
        "upper_bound": upper,
    }


BANDS = [
    band("age", 0, "missing", "missing"),
    band("age", 1, "under 25", upper=25.0),
    band("age", 2, "25-34", lower=25.0, upper=35.0),
    band("age", 3, "35 or more", lower=35.0),
    band("balance", 0, "missing", "missing"),
    band("balance", 1, "under 981 thousand", upper=981000.0),
    band("balance", 2, "981 thousand or more", lower=981000.0),
    band("city", 0, "missing", "missing"),
    band("city", 1, "Ростов", "value"),
    band("city", 2, "O'Fallon", "value"),
    band("is_active", 0, "missing", "missing"),
    band("is_active", 1, "yes", "value"),
    band("is_active", 2, "no", "value"),
]
SETTINGS = {
    "attributes": [AGE, BALANCE, CITY, ACTIVE],
    "max_conditions": 3,
    "segment_min_customers": 40,
    "segment_min_lift": 1.2,
    "segment_limit": 5,
    "segment_max_jaccard": 0.5,
    "alpha": 0.05,
    "high_quantile": 0.75,
    "named_segments": [],
}
QUANTILES = [{"attribute": "balance", "probability": 0.75, "value": 980705.85}]


def cube(rate, seed=0) -> pd.DataFrame:
    """A cube of about 8,000 customers per fold; ``rate`` gives a cell's churn rate."""
    random = np.random.default_rng(seed)
    rows = []
    for fold in ("discovery", "confirmation"):
        for age in (1, 2, 3):
            for balance in (0, 1, 2):
                for city in (1, 2):
                    for active in (1, 2):
                        customers = int(random.integers(150, 300))
                        churned = random.binomial(customers, rate(age, balance, city, active))
                        rows.append((fold, age, balance, city, active, customers, churned))
    names = [f"{name}_band_order" for name in ("age", "balance", "city", "is_active")]
    return pd.DataFrame(rows, columns=["fold", *names, "customers", "churned"])


def test_planted_segment_comes_first():
    planted = cube(lambda age, balance, city, active: 0.7 if (age, active) == (2, 2) else 0.1)
    first = find_risk_segments(planted, BANDS, QUANTILES, SETTINGS).iloc[0]
    assert first["rule_sql"] == "age >= 25 and age < 35 and not is_active"
    assert first["rule"] == "Age 25-34, inactive"
    assert first["segment_id"] == "age_from_25_to_35__is_active_no"


def test_missing_and_quotes_are_conditions_too():
    planted = cube(lambda age, balance, city, active: 0.8 if (balance, city) == (0, 2) else 0.05)
    first = find_risk_segments(planted, BANDS, QUANTILES, SETTINGS).iloc[0]
    assert first["rule_sql"] == "balance is null and city = 'O''Fallon'"
    assert first["rule"] == "Balance missing, city O'Fallon"


def test_search_sees_the_discovery_half_only():
    half = cube(lambda age, balance, city, active: 0.7 if age == 1 else 0.1)
    changed = half.copy()
    other = changed["fold"] == "confirmation"
    changed.loc[other, "churned"] = changed.loc[other, "customers"]
    pd.testing.assert_frame_equal(
        find_risk_segments(half, BANDS, QUANTILES, SETTINGS),
        find_risk_segments(changed, BANDS, QUANTILES, SETTINGS),
    )


def test_no_churn_gives_no_segments():
    nobody = cube(lambda age, balance, city, active: 0.0)
    assert len(find_risk_segments(nobody, BANDS, QUANTILES, SETTINGS)) == 0


def named(*conditions):
    segment = {"segment_id": "mine", "name": "Mine", "conditions": list(conditions)}
    return {**SETTINGS, "named_segments": [segment], "segment_limit": 0}


def test_named_segments_become_rules():
    settings = named(
        {"attribute": "age", "from": 18, "to": 39},
        {"attribute": "balance", "high": True},
        {"attribute": "is_active", "value": "no"},
    )
    only = find_risk_segments(cube(lambda *_: 0.2), BANDS, QUANTILES, settings).iloc[0]
    assert only["rule_sql"] == ("age >= 18 and age <= 39 and balance > 980705.85 and not is_active")
    assert only["rule"] == "Age 18-39, balance above 981 thousand, inactive"
    assert (only["segment_id"], only["name"], only["origin"]) == ("mine", "Mine", "named")


@pytest.mark.parametrize(
    ("condition", "rule"),
    [
        # YAML reads yes as true.
        ({"attribute": "is_active", "value": True}, "is_active"),
        ({"attribute": "is_active", "value": "no"}, "not is_active"),
        ({"attribute": "age", "value": 30}, "age >= 30 and age <= 30"),
    ],
)
def test_named_values_are_read_as_meant(condition, rule):
    found = find_risk_segments(cube(lambda *_: 0.2), BANDS, QUANTILES, named(condition))
    assert found["rule_sql"].tolist() == [rule]


def test_segments_keep_ids_of_their_own():
    settings = named({"attribute": "age", "value": 30})
    settings["named_segments"] = settings["named_segments"] * 2
    found = find_risk_segments(cube(lambda *_: 0.2), BANDS, QUANTILES, settings)
    assert found["segment_id"].tolist() == ["mine", "mine__2"]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"attribute": "tenure", "from": 1, "to": 2}, "no attribute tenure; known are age"),
        ({"attribute": "age"}, "a condition on age needs a value"),
        ({"attribute": "city", "high": True}, "city has no quantiles"),
    ],
)
def test_mistakes_in_named_segments_are_named(condition, message):
    with pytest.raises(ChurnError, match=message):
        find_risk_segments(cube(lambda *_: 0.2), BANDS, QUANTILES, named(condition))


def test_high_means_nothing_without_values():
    quantiles = [{"attribute": "balance", "probability": 0.75, "value": None}]
    settings = named({"attribute": "balance", "high": True})
    assert len(find_risk_segments(cube(lambda *_: 0.2), BANDS, quantiles, settings)) == 0


def test_numbers_in_rules_lose_nothing():
    condition = rules.interval(BALANCE, 980705.85, 1e11, words="x")
    assert condition.sql == "balance >= 980705.85 and balance < 100000000000"


def counts(*rows):
    names = ["segment_id", "fold", "customers", "churned", "fold_customers", "fold_churned"]
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_confirmation_equals_fishers_exact_test():
    table = counts(
        ("a", "confirmation", 50, 20, 1000, 180),
        ("b", "confirmation", 300, 60, 1000, 180),
        ("c", "confirmation", 0, 0, 1000, 180),
        ("a", "discovery", 40, 30, 1000, 180),
    )
    result = confirm_segments(table, alpha=0.05).set_index(["segment_id", "fold"])
    for row in (table[0], table[1], table[3]):
        n, k, all_n, all_k = (
            row[key] for key in ("customers", "churned", "fold_customers", "fold_churned")
        )
        inside_and_outside = [[k, n - k], [all_k - k, all_n - n - (all_k - k)]]
        expected = fisher_exact(inside_and_outside, alternative="greater").pvalue
        assert result.loc[(row["segment_id"], row["fold"]), "p_value"] == pytest.approx(
            expected, rel=1e-9
        )
    confirmation = result.xs("confirmation", level="fold")
    assert confirmation.loc["a", "p_value_holm"] == pytest.approx(
        2 * confirmation.loc["a", "p_value"]
    )
    assert confirmation["is_confirmed"].tolist() == [True, False, False]
    assert np.isnan(confirmation.loc["c", "p_value"])


def test_shuffled_labels_confirm_nothing_too_often():
    """Without an effect, at most 5% of searches may confirm a segment; of 60, up to 7 by chance."""
    confirmed = 0
    for seed in range(60):
        noise = cube(lambda *_: 0.2, seed=seed)
        settings = {**SETTINGS, "segment_min_lift": 1.0}
        found = find_risk_segments(noise, BANDS, QUANTILES, settings)
        assert len(found) > 0
        half = noise[noise["fold"] == "confirmation"]
        totals = (int(half["customers"].sum()), int(half["churned"].sum()))
        rows = []
        for segment in found.itertuples():
            inside = half[[_covers(segment.rule_sql, row) for row in half.itertuples()]]
            size, lost = int(inside["customers"].sum()), int(inside["churned"].sum())
            rows.append((segment.segment_id, "confirmation", size, lost, *totals))
        confirmed += confirm_segments(counts(*rows), alpha=0.05)["is_confirmed"].any()
    assert confirmed <= 7


def _covers(rule: str, row) -> bool:
    """Whether a rule covers a cell, evaluated on a value from the cell's bands."""
    values = {
        "age": {1: 20, 2: 30, 3: 40}[row.age_band_order],
        "balance": {0: None, 1: 1000, 2: 990000}[row.balance_band_order],
        "city": {1: "Ростов", 2: "O''Fallon"}[row.city_band_order],
        "is_active": row.is_active_band_order == 1,
    }
    for condition in rule.split(" and "):
        name = condition.removeprefix("not ").split(" ")[0]
        value = values[name]
        if condition == name:
            holds = value
        elif condition == f"not {name}":
            holds = not value
        elif condition.endswith("is not null"):
            holds = value is not None
        elif condition.endswith("is null"):
            holds = value is None
        else:
            _, operator, wanted = condition.split(" ", 2)
            if operator == "=":
                holds = f"'{value}'" == wanted
            elif value is None:
                holds = False
            else:
                holds = value >= float(wanted) if operator == ">=" else value < float(wanted)
        if not holds:
            return False
    return True
