"""The registry: what it stands for, and what it says of mistakes."""

import duckdb
import pytest
import yaml

from python_steps.common.attributes import mentioned
from python_steps.common.errors import ChurnError
from python_steps.common.relations import condition_problem
from python_steps.statistics.family import _METHODS
from python_steps.statistics.hypotheses import (
    METHODS,
    hypothesis_table,
    read_hypotheses,
    refuse_wrong_conditions,
)

from ..conftest import PROJECT

VARS = yaml.safe_load((PROJECT / "vars.yml").read_text(encoding="utf-8"))["vars"]
BANDS = [
    {"attribute": "city", "band": band, "band_order": order, "band_kind": kind,
     "value": band if kind == "value" else None}
    for order, (band, kind) in enumerate(
        [("missing", "missing"), ("Rome", "value"), ("O'Fallon", "value"), ("rome", "value"),
         ("other", "other")]
    )
]  # fmt: skip
GOOD = {
    "hypothesis_id": "cards",
    "question": "Do they?",
    "metric": "has_churned",
    "method": "two_proportion_z",
    "group_a": {"name": "with", "where": "has_credit_card"},
    "group_b": {"name": "without", "where": "not has_credit_card"},
}


def read(*entries: dict, max_paired_values: int = 6):
    return read_hypotheses(
        entries, VARS["attributes"], BANDS, VARS["equivalence_margins"], max_paired_values
    )


def without(key: str) -> dict:
    return {name: value for name, value in GOOD.items() if name != key}


def test_the_shipped_family():
    hypotheses = read(*VARS["hypotheses"])
    ids = [one.hypothesis_id for one in hypotheses]
    assert len(ids) == len(set(ids)) == 6 * 3 + 10 + 6 + 2 * 3 + 2 + 5
    assert "estimated_income__welch_t" in ids
    within = next(one for one in hypotheses if one.hypothesis_id.endswith("balance__welch_t"))
    assert within.condition_within != "" and within.metric
    assert all("{" not in one.question + one.hypothesis_id for one in hypotheses)
    assert set(VARS["equivalence_margins"]) == set(METHODS) == set(_METHODS)


def test_pairs_are_of_the_most_frequent_values_and_quoted():
    entry = {
        "hypothesis_id": "{a} and {b}",
        "for_each_pair_of": "city",
        "question": "{a} or {b}?",
        "metric": "has_churned",
        "method": "fisher_exact",
    }
    pairs = read(entry)
    assert [one.question for one in pairs] == [
        "Rome or O'Fallon?",
        "Rome or rome?",
        "O'Fallon or rome?",
    ]
    assert pairs[0].condition_b == "city = 'O''Fallon'"
    assert len({one.hypothesis_id for one in pairs}) == 3
    assert len(read(entry, max_paired_values=2)) == 1


def test_russian_words_are_filled_in_and_english_ones_stand_in_for_them():
    each = {
        "hypothesis_id": "{attribute}",
        "for_each": "boolean",
        "question": "Does {label} matter?",
        "question_ru": "«{label}»: важно ли {this}?",
        "method": "chi_square",
    }
    card = read(each)[0]
    assert (card.question_ru, card.group_a_ru) == ("«кредитная карта»: важно ли {this}?", "ушедшие")
    named = {**GOOD["group_a"], "name_ru": "с картой"}
    (one,) = read({**GOOD, "group_a": named})
    assert (one.question_ru, one.group_a_ru, one.group_b_ru) == ("Do they?", "с картой", "without")


def test_hypotheses_that_compare_the_same_share_their_sums():
    table = hypothesis_table(
        read(GOOD, {**GOOD, "hypothesis_id": "exact", "method": "fisher_exact"})
    )
    assert list(table["comparison"]) == [1, 1]
    assert str(hypothesis_table([]).dtypes["margin"]) == "float64"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({**GOOD, "method": "welch"}, "cards: there is no method welch (did you mean welch_t?)"),
        ({**GOOD, "metric": "balanse"}, "there is no metric balanse (did you mean balance?)"),
        ({**GOOD, "metric": "age"}, "has_churned, or a boolean attribute; age is a number"),
        ({**GOOD, "metric": "city", "method": "welch_t"}, "compares a number; city is a text"),
        ({**GOOD, "metod": "x"}, "there is no key metod (did you mean method?)"),
        (without("method"), "cards: method is missing"),
        (without("question"), "question is missing"),
        (without("hypothesis_id"), "hypothesis number 1: hypothesis_id is missing"),
        (without("group_b"), "has one group"),
        ({**GOOD, "group_b": {"where": "x"}}, "group_b needs just a name and a where"),
        ({**GOOD, "group_a": "has_credit_card"}, "group_a needs just a name and a where"),
        ({k: v for k, v in GOOD.items() if "group" not in k}, "group_a and group_b are missing"),
        ({**GOOD, "alternative": "bigger"}, "alternative is bigger; it can be two_sided"),
        ({**GOOD, "method": "chi_square", "alternative": "less"}, "chi_square is two_sided only"),
        ({**GOOD, "margin": -1}, "margin is -1; it must be a number above 0"),
        ({**GOOD, "margin": "small"}, "margin is small"),
        ({**GOOD, "if_empty": "ignore"}, "if_empty is ignore; it can be stop or report"),
        ({**GOOD, "for_each": "numbers"}, "for_each is numbers (did you mean number?)"),
        ({**GOOD, "for_each_pair_of": "cities"}, "for_each_pair_of is cities (did you mean city?)"),
        ("cards", "hypothesis number 1: is no list of keys and values"),
    ],
)  # fmt: skip
def test_mistakes_are_named(entry, said):
    with pytest.raises(ChurnError) as error:
        read(entry)
    assert said in str(error.value)
    assert str(error.value).endswith("Change hypotheses in vars.yml.")


@pytest.mark.parametrize("registry", [None, {"a": "b"}, "all"])
def test_a_registry_is_a_list(registry):
    with pytest.raises(ChurnError, match="hypotheses must be a list"):
        read_hypotheses(registry, VARS["attributes"], BANDS, VARS["equivalence_margins"], 6)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ChurnError) as error:
        read({**GOOD, "method": "x", "metric": "y"}, GOOD, GOOD)
    assert "no method x" in str(error.value)
    assert "no metric y" in str(error.value)
    assert "cards: its hypothesis_id occurs twice" in str(error.value)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("has_card", "Binder Error: Referenced column \"has_card\" not found"),
        ("has_card", "There are the columns age, city"),
        ("age +", "it is no condition: syntax error"),
        ("age + 1", "it is no condition but gives a"),
        ("count(*) > 1", "it may not call count_star"),
    ],
)  # fmt: skip
def test_wrong_conditions_are_named(condition, said):
    customers = duckdb.sql("select 1 as age, 'x' as city")
    entry = {**GOOD, "group_a": {"name": "x", "where": condition}}
    with pytest.raises(ChurnError) as error:
        refuse_wrong_conditions(
            read({**entry, "group_b": {"name": "y", "where": "city = 'y'"}}),
            lambda one: condition_problem(customers, one),
        )
    assert f"hypothesis cards: group_a, where {condition}: " in str(error.value)
    assert said in str(error.value)


def test_attributes_that_a_condition_mentions():
    assert mentioned("age > 3 and not Is_Active", ["age", "is_active", "ag"]) == [
        "age",
        "is_active",
    ]
