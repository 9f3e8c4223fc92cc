"""The family: corrected together, put into words, and right about nothing as about something."""

import math

import numpy as np
import pytest

from python_steps.common.errors import ChurnError
from python_steps.statistics.caveats import caveats
from python_steps.statistics.contingency import LEAST_SIMULATED
from python_steps.statistics.family import run_hypothesis_tests
from python_steps.statistics.hypotheses import METHODS, hypothesis_table, read_hypotheses
from python_steps.statistics.verdicts import conclusion, format_p_value, verdict

ATTRIBUTES = [
    {"name": "age", "type": "number", "label": "age"},
    {"name": "has_card", "type": "boolean", "label": "card"},
    {"name": "products", "type": "integer", "label": "products"},
]
MARGINS = dict.fromkeys(METHODS, 0.1)
CARDS = {
    "hypothesis_id": "cards",
    "question": "Do they?",
    "metric": "has_churned",
    "method": "two_proportion_z",
    "group_a": {"name": "those with a card", "where": "has_card"},
    "group_b": {"name": "those without", "where": "not has_card"},
}


def hypotheses(*entries: dict) -> list[dict]:
    return hypothesis_table(read_hypotheses(entries, ATTRIBUTES, [], MARGINS, 6)).to_dict("records")


def proportions(comparison: int, a: tuple[int, int], b: tuple[int, int], **more) -> dict:
    """Moments of hits among customers."""
    row = {"comparison": comparison, "customers_within": a[1] + b[1], "customers_both": 0}
    for group, (hits, size) in {"a": a, "b": b}.items():
        row |= {
            f"customers_{group}": size,
            f"value_count_{group}": size,
            f"value_sum_{group}": hits,
            f"value_squares_{group}": hits,
            f"scaled_cubes_{group}": None,
            f"scaled_fourths_{group}": None,
        }
    return row | {"centre": None, "scale": None} | more


BANDS = [{"attribute": name, "band_order": order, "band": str(order), "band_ru": str(order)}
         for name in ("age", "has_card", "products") for order in range(4)]  # fmt: skip


def run(entries: list[dict], moments: list[dict], strata: tuple[dict, ...] = (), alpha=0.05):
    return run_hypothesis_tests(
        hypotheses(*entries), moments, [], [], strata, [], BANDS, ATTRIBUTES, alpha, 1
    ).set_index("hypothesis_id")


@pytest.mark.parametrize(
    ("a", "b", "found", "said"),
    [
        ((300, 1000), (100, 1000), "difference", "churn rate is higher for those with a card"),
        ((10_450, 100_000), (10_000, 100_000), "negligible_difference", "1 percentage points"),
        ((10_010, 100_000), (10_000, 100_000), "no_difference", "No difference in the churn rate"),
        ((30_100, 100_000), (30_000, 100_000), "no_difference", "larger than 3 percentage points"),
        # Half a point is nothing there and everything here.
        ((100, 10_000), (150, 10_000), "difference", "lower"),
        ((60, 6_000), (75, 6_000), "undecided", "nor that there is none"),
        ((12, 100), (10, 100), "undecided", "finds a risk difference of"),
        ((0, 0), (10, 100), "not_tested", "nobody among those with a card has a value"),
        ((0, 50), (0, 100), "not_tested", "the values do not vary enough"),
    ],
)  # fmt: skip
def test_conclusions(a, b, found, said):
    entry = {**CARDS, "if_empty": "report"}
    row = run([entry], [proportions(1, a, b)]).loc["cards"]
    assert row["conclusion"] == found
    assert said in row["verdict"]
    assert "accept" not in row["verdict"].lower()
    assert "nan" not in row["verdict"].lower()
    assert ("no evidence" in row["verdict"].lower()) == (found == "undecided")
    assert row["verdict"].endswith(".")


@pytest.mark.parametrize(("size", "found"), [(9, "not_tested"), (10, "difference")])
def test_a_mean_of_few_is_not_tested(size, found):
    """Of ten values a group at least, and not of values that are all equal."""
    entry = {"hypothesis_id": "ages", "question": "Do they?", "metric": "age", "method": "welch_t"}
    moments = proportions(1, (0, size), (0, 100))
    # Half of them a year older than the mean, half a year younger.
    moments |= {"value_sum_a": 60 * size, "value_squares_a": 3_601 * size}
    moments |= {"value_sum_b": 40 * 100, "value_squares_b": 1_601 * 100}
    moments |= {"centre": 50, "scaled_cubes_a": 1_030 * size, "scaled_fourths_a": 10_601 * size}
    moments |= {"scaled_cubes_b": -1_030 * 100, "scaled_fourths_b": 10_601 * 100}
    row = run([entry], [moments]).loc["ages"]
    assert row["conclusion"] == found
    assert ("a group is too small" in row["verdict"]) == (found == "not_tested")
    equal = moments | {"value_squares_b": 1_600 * 100}
    assert run([entry], [equal]).loc["ages"]["conclusion"] == "not_tested"


def test_a_margin_of_its_own_is_a_difference():
    moments = [proportions(1, (60, 6_000), (75, 6_000))]
    row = run([{**CARDS, "margin": 0.02}], moments).loc["cards"]
    assert row["conclusion"] == "no_difference"
    assert row["margin"] == 0.02
    assert run([CARDS], moments).loc["cards", "margin"] == pytest.approx(0.1 * 135 / 12_000)
    most = [proportions(1, (5_940, 6_000), (5_925, 6_000))]
    assert run([CARDS], most).loc["cards", "margin"] == pytest.approx(0.1 * 135 / 12_000)


def test_means_of_skewed_values_give_way_to_ranks():
    entry = {"hypothesis_id": "ages", "question": "Do they?", "metric": "age", "method": "welch_t"}
    moments = proportions(1, (0, 30), (0, 100))
    # One of the first group is 1,000, the others are 0 and 10 as in the second.
    moments |= {"value_sum_a": 1_150, "value_squares_a": 1_001_500, "centre": 0, "scale": 1}
    moments |= {"value_sum_b": 500, "value_squares_b": 5_000}
    moments |= {"scaled_cubes_a": 10**9 + 15_000, "scaled_fourths_a": 10**12 + 150_000}
    moments |= {"scaled_cubes_b": 50_000, "scaled_fourths_b": 500_000}
    ranks = {
        "comparison": 1, "count_a": 30, "count_b": 100, "doubled_u": 3_100, "tie_term": 300_000,
        "squared_placements_a": 500_000, "squared_placements_b": 200_000, "largest_gap": 100,
        "median_a": 5.0, "median_b": 5.0,
    }  # fmt: skip
    table = run_hypothesis_tests(
        hypotheses(entry), [moments], [ranks], [], [], [], BANDS, ATTRIBUTES, 0.05, 1
    )
    row = table.iloc[0]
    assert row["effect_note"] == "skewed"
    assert row["rank_biserial"] == pytest.approx(3_100 / 3_000 - 1)
    assert row["rank_biserial_low"] < row["rank_biserial"] < row["rank_biserial_high"]
    assert row["verdict"].index("rank-biserial") < row["verdict"].index("Hedges g")


def test_what_only_the_correction_leaves_undecided_says_so():
    """Beside an interval that leaves out no difference, "no evidence" would be wrong."""
    entries = [
        {
            **CARDS,
            "hypothesis_id": f"cards_{number}",
            "group_b": {"name": "those without", "where": f"not has_card and age > {number}"},
        }
        for number in range(10)
    ]
    moments = [proportions(1, (150, 1000), (115, 1000))]
    moments += [proportions(number, (100, 1000), (100, 1000)) for number in range(2, 11)]
    rows = run(entries, moments)
    row = rows.loc["cards_0"]
    assert row["conclusion"] == "undecided" and row["difference_low"] > 0
    assert "Not enough evidence of a difference" in row["verdict"]
    assert "after correcting for 10 questions" in row["verdict"]
    assert "No evidence of a difference" in rows.loc["cards_1", "verdict"]


def test_a_simulated_p_value_at_its_floor_is_no_number():
    row = {
        "metric_label": "city", "metric": "city", "method": "chi_square", "within": "",
        "condition_a": "age > 1", "condition_b": "age < 1",
        "group_a": "a", "group_b": "b", "conclusion": "difference", "effect_name": "Cramér's V",
        "effect_size": 0.4, "p_value": LEAST_SIMULATED, "p_value_holm": 30 * LEAST_SIMULATED,
        "p_value_kind": "simulated", "questions": 30,
    }  # fmt: skip
    assert "p < 0.0006." in verdict(row)
    assert "p = 0.0006." in verdict({**row, "p_value": 2 * LEAST_SIMULATED})
    assert "p = 0.0006." in verdict({**row, "p_value_kind": "exact"})


def test_one_sided_hypotheses_say_what_was_claimed():
    entry = {**CARDS, "alternative": "less"}
    row = run([entry], [proportions(1, (300, 1000), (100, 1000))]).loc["cards"]
    assert row["p_value"] > 0.999
    assert "No evidence that the churn rate is lower for those with a card" in row["verdict"]


def test_empty_groups_stop_the_build_unless_they_may_be():
    moments = [proportions(1, (0, 0), (100, 1000))]
    with pytest.raises(ChurnError) as error:
        run([CARDS], moments)
    assert "hypothesis cards: no customer is in group_a, where has_card." in str(error.value)
    assert "if_empty: report" in str(error.value)
    assert run([{**CARDS, "if_empty": "report"}], moments).loc["cards", "n_a"] == 0


def test_an_empty_part_stops_the_build_but_a_bank_that_nobody_left_does_not():
    entry = {
        "hypothesis_id": "age", "question": "?", "metric": "age", "method": "welch_t",
    }  # fmt: skip
    moments = [proportions(1, (0, 0), (0, 0))]
    assert run([entry], moments).loc["age", "conclusion"] == "not_tested"
    with pytest.raises(ChurnError, match="no customer is in within, where products > 99"):
        run([{**entry, "within": {"name": "x", "where": "products > 99"}}], moments)


def test_groups_must_share_nobody():
    with pytest.raises(ChurnError, match="7 customers are in both groups, where has_card and"):
        run([CARDS], [proportions(1, (3, 10), (3, 10), customers_both=7)])


def test_correction_is_over_the_whole_family():
    entries = [{**CARDS, "hypothesis_id": f"h{i}", "group_a": {"name": "a", "where": f"age = {i}"}}
               for i in range(4)]  # fmt: skip
    moments = [
        proportions(1, (40, 100), (20, 100)),
        proportions(2, (30, 100), (20, 100)),
        proportions(3, (20, 100), (20, 100)),
        proportions(4, (0, 100), (0, 100)),
    ]
    table = run(entries, moments)
    # The fourth could not be tested and is no member of the family.
    assert table["p_value_holm"].iloc[0] == pytest.approx(3 * table["p_value"].iloc[0])
    assert table["p_value_bh"].iloc[1] == pytest.approx(1.5 * table["p_value"].iloc[1])
    assert math.isnan(table["p_value_holm"].iloc[3])


def stratum(name, order, a, b):
    """A row of int_comparison_strata; a and b are who left and all of a group."""
    return {
        "comparison": 1, "stratum_attribute": name, "band_order": order, "churned_a": a[0],
        "customers_a": a[1], "churned_b": b[0], "customers_b": b[1],
    }  # fmt: skip


def test_what_misleads_is_said_with_by_how_much():
    """Of cards 30% against 10%; with 1 product alike, with 2 the other way round."""
    moments = [proportions(1, (300, 1000), (100, 1000))]
    turns = (
        stratum("products", 1, (20, 100), (20, 100)),
        stratum("products", 2, (10, 100), (60, 100)),
        stratum("products", 3, (270, 800), (20, 800)),
    )
    row = run([CARDS], moments, strata=turns).loc["cards"]
    assert row["caveat"] == (
        "Misleads: where “products” is 2, the difference has the other sign, -50.0 percentage "
        "points instead of +20.0 percentage points."
    )
    assert row["caveat_ru"] == (
        "Осторожно: где «products» — 2, разница имеет обратный знак: −50,0 п. п. вместо +20,0 п. п."
    )
    assert row["verdict"].endswith(row["caveat"])
    # Of the age that the question holds fixed nothing is said.
    fixed = {**CARDS, "within": {"name": "those with one", "where": "products = 1"}}
    assert run([fixed], moments, strata=turns).loc["cards", "caveat"] == ""
    # Nor of what is alike to within the margin, a tenth of the rate.
    same = (
        stratum("products", 1, (150, 500), (50, 500)),
        stratum("products", 2, (150, 500), (50, 500)),
    )
    assert run([CARDS], moments, strata=same).loc["cards", "caveat"] == ""


def test_what_is_explained_and_what_is_hidden_is_said():
    """All of the difference is of ages; and one that the whole does not show."""
    lost = (
        stratum("age", 1, (1600, 8000), (400, 2000)),
        stratum("age", 2, (1000, 2000), (4000, 8000)),
    )
    row = run([CARDS], [proportions(1, (2600, 10_000), (4400, 10_000))], strata=lost).loc["cards"]
    assert row["caveat"] == (
        "Misleads: among customers alike in “age” there is no difference beyond the margin, "
        "+0.0 percentage points instead of -18.0 percentage points."
    )
    # Of a tenth of the customers it is not known that there is none.
    tenth = tuple({name: value // 10 if isinstance(value, int) and value > 9 else value
                   for name, value in one.items()} for one in lost)  # fmt: skip
    few = run([CARDS], [proportions(1, (260, 1000), (440, 1000))], strata=tenth).loc["cards"]
    assert few["conclusion"] == "difference" and few["caveat"] == ""
    hidden = (
        stratum("age", 1, (16_000, 80_000), (0, 20_000)),
        stratum("age", 2, (14_000, 20_000), (30_000, 80_000)),
    )
    moments = [proportions(1, (30_000, 100_000), (30_000, 100_000))]
    row = run([CARDS], moments, strata=hidden).loc["cards"]
    assert row["conclusion"] == "no_difference"
    assert "alike in “age” there is a difference, +26.2" in row["caveat"]


PART = {**CARDS, "hypothesis_id": "part", "within": {"name": "the old", "where": "age > 60"}}


@pytest.mark.parametrize(
    ("whole", "part", "said"),
    [
        (
            ((10_000, 100_000), (10_000, 100_000)),
            ((9_000, 10_000), (1_000, 10_000)),
            "the old there is a difference",
        ),
        # Of so few that nothing was known, it is no other answer.
        (((100, 1000), (100, 1000)), ((90, 100), (10, 100)), ""),
        (
            ((30_000, 100_000), (10_000, 100_000)),
            ((5_000, 50_000), (5_000, 50_000)),
            "the old there is no difference beyond the margin",
        ),
        # Too few to decide, and the same answer.
        (((300, 1000), (100, 1000)), ((3, 10), (1, 10)), ""),
        (((300, 1000), (100, 1000)), ((90, 100), (10, 100)), ""),
    ],
)
def test_another_answer_among_a_part_is_said(whole, part, said):
    table = run([CARDS, PART], [proportions(1, *whole), proportions(2, *part)])
    caveat = table.loc["cards", "caveat"]
    assert said in caveat
    assert bool(said) == bool(caveat)
    assert table.loc["part", "caveat"] == ""
    assert table.loc["part", "verdict"].startswith("Among the old, ")


def test_conclusions_at_the_boundary():
    assert conclusion(0.049, 0.9, 0.05) == "difference"
    assert conclusion(0.05, 0.9, 0.05) == "undecided"
    assert conclusion(0.049, 0.01, 0.05) == "negligible_difference"
    assert conclusion(math.nan, math.nan, 0.05) == "not_tested"


CONCLUSIONS = (
    "difference", "negligible_difference", "no_difference", "undecided", "not_tested",
)  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("found", CONCLUSIONS)
@pytest.mark.parametrize("of_outcome", [True, False])
def test_every_verdict_is_a_sentence(method, found, of_outcome):
    row = {
        "method": method, "conclusion": found, "metric": "age", "metric_label": "age",
        "group_a": "A", "group_b": "B", "within": "", "alternative": "two_sided", "margin": 0.1,
        "condition_a": "has_churned" if of_outcome else "x", "condition_b": "not has_churned",
        "n_a": 3, "n_b": 4, "p_value": 0.01, "questions": 3, "p_value_kind": "exact",
        "p_value_holm": 0.03, "effect_name": "effect", "effect_size": -0.2,
        "estimate_a": 0.1, "estimate_b": 0.2, "difference": -0.1, "difference_low": -0.2,
        "difference_high": 0.0, "minimum_detectable_effect": math.nan, "effect_note": "",
    }  # fmt: skip
    sentence = verdict(row)
    assert sentence[0].isupper() and sentence.endswith(".") and not sentence.endswith("..")
    assert "accept" not in sentence.lower() and "nan" not in sentence.lower()
    assert "  " not in sentence


def test_caveats_of_what_was_not_tested_are_none():
    row = {"conclusion": "not_tested"}
    assert list(caveats(row, [row], [], [], [], 1)) == []


def test_p_values_in_sentences():
    assert format_p_value(0.0342) == "= 0.034"
    assert format_p_value(0.0) == "< 1e-16"


def test_simulated_p_values_depend_on_the_id_and_not_on_the_place():
    entry = {"question": "?", "metric": "products", "method": "chi_square"}
    bands = [
        {"comparison": 1, "band_order": order, "customers_a": a, "customers_b": b}
        for order, (a, b) in enumerate([(3, 1), (0, 4), (2, 2)])
    ]

    def p_value(*ids: str) -> float:
        table = run_hypothesis_tests(
            hypotheses(*({**entry, "hypothesis_id": one} for one in ids)),
            [proportions(1, (0, 5), (0, 7))], [], bands, [], [], [], ATTRIBUTES, 0.05, 1,
        )  # fmt: skip
        return float(table.set_index("hypothesis_id").loc["x", "p_value"])

    assert p_value("x") == p_value("y", "x")


def test_holm_holds_the_family_wise_error_on_shuffled_labels():
    """A short version of benchmarks/error_rates.py."""
    random = np.random.default_rng(5)
    entries = [{**CARDS, "hypothesis_id": f"h{i}", "group_a": {"name": "a", "where": f"age = {i}"}}
               for i in range(10)]  # fmt: skip
    false = 0
    for _ in range(200):
        hits = random.binomial(400, 0.2, size=(10, 2))
        moments = [
            proportions(i + 1, (int(a), 400), (int(b), 400)) for i, (a, b) in enumerate(hits)
        ]
        false += bool((run(entries, moments)["p_value_holm"] < 0.05).any())
    # 5% of 200 are 10; more than 19 has a probability below 0.2%.
    assert false <= 19
