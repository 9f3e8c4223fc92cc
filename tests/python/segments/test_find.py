import json
import re

import duckdb
import numpy as np
import pandas as pd
import pytest

from python_steps.common import conditions
from python_steps.common.errors import ChurnError
from python_steps.common.relations import searched
from python_steps.segments.cells import FOLDS, Cells, covered_cells
from python_steps.segments.extent import search_extent
from python_steps.segments.find import COUNT_COLUMNS, find_risk_segments

AGE = {
    "name": "age",
    "type": "number",
    "label": "age",
    "unit": "years",
    "phrase": "aged {}",
    "ru": {"label": "возраст"},
}
CITY = {
    "name": "city",
    "type": "text",
    "label": "city",
    "phrase": "in {}",
    "ru": {"label": "город"},
}
ACTIVE = {
    "name": "is_active",
    "type": "boolean",
    "label": "activity",
    "words": {"yes": "active", "no": "inactive"},
    "ru": {"label": "активность", "words": {"yes": "активные", "no": "неактивные"}},
}
BALANCE = {
    "name": "balance",
    "type": "number",
    "label": "balance",
    "unit": "money",
    "words": {"missing": "without a balance"},
    "ru": {"label": "баланс", "words": {"missing": "без баланса"}},
}
PRODUCTS = {
    "name": "product_count",
    "type": "integer",
    "label": "products",
    "unit": "count",
    "phrase": "{} products",
    "words": {"1": "1 product"},
    "ru": {"label": "продукты", "phrase": "продуктов: {}"},
}


def band(attribute, order, name, kind="interval", lower=None, upper=None):
    return {
        "attribute": attribute,
        "band_order": order,
        "band": name,
        "band_kind": kind,
        "value": name if kind == "value" else None,
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
    "max_conjunctions": 10**6,
    "segment_min_customers": 40,
    "segment_min_share": 0.001,
    "segment_min_lift": 1.2,
    "segment_objectives": ["evidence"],
    "segment_condition_cost": 0.1,
    "segment_limit": 5,
    "loyal_segment_limit": 3,
    "segment_max_jaccard": 0.5,
    "alpha": 0.05,
    "high_quantile": 0.75,
    "named_segments": [],
    "segment_splits": 4,
    "segment_permutations": 19,
    "random_seed": 1,
}
QUANTILES = [{"attribute": "balance", "probability": 0.75, "value": 980705.85}]


def cells(rate, seed=0) -> pd.DataFrame:
    """Cells of about 8,000 customers per half; ``rate`` gives a cell's churn rate."""
    random = np.random.default_rng(seed)
    names = [f"{name}_band_order" for name in ("age", "balance", "city", "is_active")]
    rows = []
    for age in (1, 2, 3):
        for balance in (0, 1, 2):
            for city in (1, 2):
                for active in (1, 2):
                    row = dict(zip(names, (age, balance, city, active), strict=True))
                    for fold in ("discovery", "confirmation"):
                        customers = int(random.integers(150, 300))
                        churned = random.binomial(customers, rate(age, balance, city, active))
                        row |= {
                            f"{fold}_customers": float(customers),
                            f"{fold}_churned": float(churned),
                            f"{fold}_balance": 1000.0 * balance * customers,
                            f"{fold}_lost_balance": 1000.0 * balance * churned,
                        }
                    rows.append(row)
    return pd.DataFrame(rows)


def extent_of(table, bands=BANDS, settings=SETTINGS) -> list[dict]:
    return search_extent(table, bands, settings).to_dict("records")


def risk_segments(table, bands, quantiles, settings) -> pd.DataFrame:
    extent = extent_of(table, bands, settings)
    return find_risk_segments(table, bands, quantiles, extent, settings)


def found_in(table, direction="leaving", **settings) -> pd.DataFrame:
    """The listed segments of one direction."""
    found = risk_segments(table, BANDS, QUANTILES, {**SETTINGS, **settings})
    return found[found["search_rank"].notna() & (found["direction"] == direction)]


def test_planted_segment_comes_first():
    planted = cells(lambda age, balance, city, active: 0.7 if (age, active) == (2, 2) else 0.1)
    first = found_in(planted).iloc[0]
    assert first["rule_sql"] == "age >= 25 and age < 35 and not is_active"
    assert first["name"] == "Aged 25-34, inactive"
    assert first["name_ru"] == "Возраст 25-34, неактивные"
    assert first["rule"] == "Age 25-34 and inactive"
    assert first["rule_ru"] == "Возраст 25-34 и неактивные"
    assert first["segment_id"] == "age_from_25_to_35__is_active_no"
    assert json.loads(first["bands"]) == {"age": [2], "is_active": [2]}


def test_missing_and_quotes_are_conditions_too():
    planted = cells(lambda age, balance, city, active: 0.8 if (balance, city) == (0, 2) else 0.05)
    first = found_in(planted).iloc[0]
    assert first["rule_sql"] == "balance is null and city = 'O''Fallon'"
    assert first["name"] == "Without a balance, in O'Fallon"
    assert first["rule"] == "Balance missing and city O'Fallon"


def test_loyal_segments_are_found_too():
    planted = cells(lambda age, balance, city, active: 0.02 if balance == 0 else 0.3)
    first = found_in(planted, "loyal").iloc[0]
    assert (first["rule_sql"], first["name_ru"]) == ("balance is null", "Без баланса")
    found = risk_segments(planted, BANDS, QUANTILES, SETTINGS)
    listed = found[found["search_rank"].notna()]
    assert listed["search_rank"].tolist() == list(range(1, len(listed) + 1))
    # The leaving ones come first.
    assert listed["direction"].is_monotonic_increasing


def test_balances_are_read_where_an_objective_counts_them():
    table = cells(lambda age, balance, city, active: 0.2)
    with duckdb.connect() as connection:
        relation = connection.from_df(table)
        plain, whole = (searched(relation, [one]) for one in ("evidence", "lost_balance"))
    pd.testing.assert_frame_equal(whole, table)
    balances = [f"{half}_{of}" for half in FOLDS for of in ("balance", "lost_balance")]
    pd.testing.assert_frame_equal(plain, table.drop(columns=balances))


def test_search_sees_the_discovery_half_only():
    half = cells(lambda age, balance, city, active: 0.7 if age == 1 else 0.1)
    changed = half.assign(
        confirmation_churned=half["confirmation_customers"],
        confirmation_lost_balance=half["confirmation_balance"],
    )
    for objective in ("evidence", "lost_balance"):
        settings = {**SETTINGS, "segment_objectives": [objective]}
        one, other = (risk_segments(table, BANDS, QUANTILES, settings) for table in (half, changed))
        assert len(one) > 1
        pd.testing.assert_frame_equal(
            one.drop(columns="confirmation_churned"), other.drop(columns="confirmation_churned")
        )


def test_counts_and_bands_are_those_of_the_cells():
    table = cells(lambda age, balance, city, active: 0.1 + 0.2 * (age == 1) + 0.3 * (active == 2))
    found = risk_segments(table, BANDS, QUANTILES, SETTINGS)
    searched = Cells.of(table, BANDS, SETTINGS)
    assert found["frontier_order"].notna().sum() > 3
    for row in found.to_dict("records"):
        cover = covered_cells(searched, row["bands"])
        for column in COUNT_COLUMNS:
            assert table[column][cover].sum() == row[column]
    frontier = found[found["frontier_order"].notna()].sort_values("frontier_order")
    for direction, sign in (("leaving", 1), ("loyal", -1)):
        rules_of = frontier[frontier["direction"] == direction]
        rates = sign * rules_of["discovery_churned"] / rules_of["discovery_customers"]
        assert rules_of["discovery_customers"].is_monotonic_decreasing
        assert rates.is_monotonic_increasing


def test_no_churn_gives_no_segments():
    for rate in (0.0, 1.0):
        everybody = cells(lambda *_, rate=rate: rate)
        assert len(risk_segments(everybody, BANDS, QUANTILES, SETTINGS)) == 0


def test_values_that_look_alike_keep_rules_of_their_own(monkeypatch):
    """One city leaves, one of nearly the same name stays: ids differ, and no rule is lost."""
    bands = [one for one in BANDS if one["attribute"] != "city"]
    bands += [band("city", 0, "missing", "missing"), band("city", 1, "A b", "value")]
    bands += [band("city", 2, "a B", "value")]
    monkeypatch.setattr("tests.python.segments.test_find.BANDS", bands)
    table = cells(lambda age, balance, city, active: 0.9 if city == 1 else 0.01)
    found = risk_segments(table, bands, QUANTILES, SETTINGS)
    assert found["segment_id"].is_unique
    assert found["rule_sql"].is_unique
    by_rule = found.set_index("rule_sql")
    assert by_rule.loc["city = 'A b'", "direction"] == "leaving"
    assert by_rule.loc["city = 'a B'", "direction"] == "loyal"
    assert by_rule.loc[["city = 'A b'", "city = 'a B'"], "frontier_order"].notna().all()


def test_a_value_called_missing_is_a_value():
    city = {**CITY, "words": {"missing": "of unknown city"}}
    assert conditions.value(city, "missing").words["en"].name == "in missing"
    assert conditions.missing(city).words["en"].name == "of unknown city"
    assert conditions.missing(city).words["ru"].rule == "город: нет данных"


def test_without_a_condition_to_search_there_is_no_segment():
    one = cells(lambda *_: 0.5).iloc[:1]
    assert len(risk_segments(one, BANDS, QUANTILES, SETTINGS)) == 0


@pytest.mark.parametrize(
    ("var", "value", "said"),
    [
        ("max_conditions", 5, "max_conditions is 5; it must be a whole number from 1 to 4"),
        ("max_conditions", True, "max_conditions is True"),
        ("segment_objectives", ["lyft"], "must be a list of some of weighted_relative_accuracy"),
        ("segment_objectives", [], "must be a list"),
        ("alpha", 5, "alpha is 5; it must be a probability from 0 to 1"),
        ("segment_min_lift", 0.5, "segment_min_lift is 0.5"),
        ("segment_condition_cost", 1, "segment_condition_cost is 1"),
        ("segment_limit", "ten", "segment_limit is 'ten'"),
        ("segment_splits", 2.5, "segment_splits is 2.5; it must be a whole number"),
    ],
)
def test_vars_without_a_meaning_are_refused(var, value, said):
    with pytest.raises(ChurnError, match=re.escape(said)):
        found_in(cells(lambda *_: 0.2), **{var: value})


def named(*conditions, **more):
    segment = {"segment_id": "mine", "name": "Mine", "conditions": list(conditions)} | more
    table = cells(lambda *_: 0.2)
    return found_in(table, named_segments=[segment], segment_limit=0, loyal_segment_limit=0)


def test_named_segments_become_rules():
    only = named(
        {"attribute": "age", "from": 18, "to": 39},
        {"attribute": "balance", "high": True},
        {"attribute": "is_active", "value": "no"},
    ).iloc[0]
    assert only["rule_sql"] == ("age >= 18 and age <= 39 and balance > 980705.85 and not is_active")
    assert only["rule"] == "Age 18-39 and balance above 981 thousand and inactive"
    assert only["rule_ru"] == "Возраст 18-39 и баланс больше 981 тыс. и неактивные"
    assert (only["segment_id"], only["name"], only["origin"]) == ("mine", "Mine", "named")
    assert only["name_ru"] == "Возраст 18-39, баланс больше 981 тыс., неактивные"
    assert only["discovery_customers"] is pd.NA


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
    assert named(condition)["rule_sql"].tolist() == [rule]


def test_segments_keep_ids_of_their_own():
    segment = {
        "segment_id": "mine",
        "name": "Mine",
        "conditions": [{"attribute": "age", "value": 3}],
    }
    found = found_in(cells(lambda *_: 0.2), named_segments=[segment, segment], segment_limit=0)
    assert found["segment_id"].tolist() == ["mine", "mine__2"]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"attribute": "tenure", "from": 1, "to": 2}, "no attribute tenure; known are age"),
        ({"attribute": "age"}, "a condition on age needs a value"),
        ({"attribute": "city", "high": True}, "city has no quantiles"),
        ({"attribute": "age", "from": 39, "to": 18}, "age cannot be from 39 to 18"),
    ],
)
def test_mistakes_in_named_segments_are_named(condition, message):
    with pytest.raises(ChurnError, match=message):
        named(condition)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"direction": "staying"},
            "named segment mine: direction staying must be leaving or loyal",
        ),
        ({"name": ""}, "named segment mine has no name; add it"),
        ({"conditions": []}, "named segment mine has no conditions; add it"),
    ],
)
def test_incomplete_named_segments_are_refused(change, message):
    with pytest.raises(ChurnError, match=message):
        named({"attribute": "age", "value": 3}, **change)


def test_high_means_nothing_without_values(monkeypatch):
    monkeypatch.setitem(QUANTILES[0], "value", None)
    assert len(named({"attribute": "balance", "high": True})) == 0


@pytest.mark.parametrize(
    ("attribute", "bounds", "names"),
    [
        (AGE, (None, 25), ("aged under 25", "возраст меньше 25")),
        (AGE, (25, 35), ("aged 25-34", "возраст 25-34")),
        (BALANCE, (981000, None), ("balance 981 thousand or more", "баланс от 981 тыс.")),
        (
            BALANCE,
            (296000, 1460000),
            ("balance 296 thousand to 1.46 million", "баланс от 296 тыс. до 1,46 млн"),
        ),
        (PRODUCTS, (3, None), ("3 or more products", "продуктов: от 3")),
        (PRODUCTS, (1, 2), ("1 product", "продуктов: 1")),
        (PRODUCTS, (None, 4), ("at most 3 products", "продуктов: не больше 3")),
        (PRODUCTS, (None, 1), ("0 products", "продуктов: 0")),
        (BALANCE, (None, None), ("balance known", "баланс: данные есть")),
    ],
)
def test_conditions_are_said_as_people_say_them(attribute, bounds, names):
    words = conditions.interval(attribute, *bounds).words
    assert (words["en"].name, words["ru"].name) == names


def test_numbers_in_rules_lose_nothing():
    condition = conditions.interval(BALANCE, 980705.85, 1e11)
    assert condition.sql == "balance >= 980705.85 and balance < 100000000000"
    assert conditions.interval(BALANCE, 1e-7, None).sql == "balance >= 0.0000001"
    below, above = (
        conditions.interval(BALANCE, -5000, None),
        conditions.interval(BALANCE, 5000, None),
    )
    assert (below.slug, above.slug) == ("balance_from_minus_5000", "balance_from_5000")
