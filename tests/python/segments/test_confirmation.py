"""What is confirmed is not chance, and chance is not confirmed."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, fisher_exact

from python_steps.segments import stability
from python_steps.segments.axes import members
from python_steps.segments.cells import Cells, covered_cells, limits_of
from python_steps.segments.confirmation import confirm_conditions, confirm_segments
from python_steps.segments.search import quality
from python_steps.segments.stability import segment_robustness

from .test_find import BANDS, QUANTILES, SETTINGS, cells, extent_of, risk_segments


def counts(*rows):
    names = ["segment_id", "direction", "fold", "customers", "churned"]
    names += ["fold_customers", "fold_churned"]
    return [dict(zip(names, row, strict=True)) | {"origin": "discovered"} for row in rows]


def test_confirmation_equals_fishers_exact_test():
    table = counts(
        ("a", "leaving", "confirmation", 50, 20, 1000, 180),
        ("b", "leaving", "confirmation", 300, 60, 1000, 180),
        ("c", "leaving", "confirmation", 0, 0, 1000, 180),
        ("d", "loyal", "confirmation", 200, 15, 1000, 180),
        ("a", "leaving", "discovery", 40, 30, 1000, 180),
    )
    result = confirm_segments(table, alpha=0.05, min_lift=1).set_index(["segment_id", "fold"])
    for row in (table[0], table[1], table[3], table[4]):
        n, k, all_n, all_k = (
            row[key] for key in ("customers", "churned", "fold_customers", "fold_churned")
        )
        inside_and_outside = [[k, n - k], [all_k - k, all_n - n - (all_k - k)]]
        side = "greater" if row["direction"] == "leaving" else "less"
        expected = fisher_exact(inside_and_outside, alternative=side).pvalue
        assert result.loc[(row["segment_id"], row["fold"]), "overall_p_value"] == pytest.approx(
            expected, rel=1e-9
        )
    confirmation = result.xs("confirmation", level="fold")
    # Three could be tested; a has the second smallest p-value of them.
    assert confirmation.loc["a", "overall_p_value_holm"] == pytest.approx(
        2 * confirmation.loc["a", "overall_p_value"]
    )
    assert confirmation["is_confirmed"].tolist() == [True, False, False, True]
    assert np.isnan(confirmation.loc["c", "overall_p_value"])
    # Without a minimum lift both questions are one.
    assert confirmation["lift_p_value"].equals(confirmation["overall_p_value"])


def test_a_lift_is_tested_against_what_was_asked_for():
    table = counts(
        ("a", "leaving", "confirmation", 100, 40, 1000, 180),
        ("b", "leaving", "confirmation", 400, 116, 1000, 180),
        ("c", "loyal", "confirmation", 200, 8, 1000, 180),
        ("d", "leaving", "confirmation", 400, 116, 1000, 180),
        ("e", "leaving", "confirmation", 0, 0, 1000, 180),
    )
    table[3]["origin"] = "named"
    result = confirm_segments(table, alpha=0.05, min_lift=1.5).set_index("segment_id")
    assert result["minimum_lift"].tolist() == [1.5, 1.5, 1.5, 1, 1.5]
    assert result.loc["a", "lift_p_value"] == pytest.approx(
        binomtest(40, 100, 0.27, alternative="greater").pvalue, rel=1e-9
    )
    assert result.loc["c", "lift_p_value"] == pytest.approx(
        binomtest(8, 200, 0.12, alternative="less").pvalue, rel=1e-9
    )
    # 29% are surely more than 18%, and not surely more than 27%: it was asked for that if searched.
    assert result.loc["b", "overall_p_value_holm"] < 1e-9
    assert result["is_confirmed"].tolist() == [True, False, True, True, False]
    assert result.loc["e", ["lift_p_value", "lift_low", "lift_high"]].isna().all()


def test_a_segment_of_just_the_lift_asked_for_is_seldom_confirmed():
    """As often as the level says, at most: the overall rate is that of the half itself."""
    random = np.random.default_rng(5)
    confirmed = 0
    for _ in range(2000):
        members, others = random.binomial(300, 0.15), random.binomial(2700, 0.095)
        row = ("a", "leaving", "confirmation", 300, members, 3000, members + others)
        confirmed += confirm_segments(counts(row), 0.05, 0.15 / 0.1005)["is_confirmed"].iloc[0]
    # Of 2000 at 5%, more than 133 come in one of 1000 cases.
    assert 20 < confirmed <= 133


def test_a_condition_holds_where_it_helps_on_the_other_half():
    segments = counts(
        ("a", "leaving", "confirmation", 100, 40, 1000, 180),
        ("b", "loyal", "confirmation", 200, 8, 1000, 180),
        ("c", "leaving", "confirmation", 0, 0, 1000, 180),
        ("a", "leaving", "discovery", 100, 90, 1000, 180),
    )
    others = [("a", 1, 300, 60), ("a", 2, 50, 19), ("b", 1, 800, 172), ("c", 1, 1000, 180)]
    names = ["segment_id", "condition_number", "others_customers", "others_churned"]
    rows = [dict(zip(names, row, strict=True)) for row in others]
    result = confirm_conditions(rows, segments, alpha=0.05)
    expected = [
        fisher_exact([[40, 60], [60, 240]], alternative="greater").pvalue,
        fisher_exact([[40, 60], [19, 31]], alternative="greater").pvalue,
        fisher_exact([[8, 192], [172, 628]], alternative="less").pvalue,
    ]
    assert result["p_value"].tolist()[:3] == pytest.approx(expected, rel=1e-9)
    # In the half there is nobody of the last one.
    assert np.isnan(result["p_value"].iloc[3]) and np.isnan(result["p_value_holm"].iloc[3])
    assert result["p_value_holm"].tolist()[:3] == pytest.approx(
        [2 * expected[0], expected[1], 3 * expected[2]]
    )
    assert result["holds"].tolist() == [True, False, True, False]
    assert len(confirm_conditions([], segments, alpha=0.05)) == 0
    # Of a half without anybody nothing is counted.
    assert confirm_conditions(rows, [], alpha=0.05)["p_value"].isna().all()


def test_no_segments_give_an_empty_table():
    assert len(confirm_segments([], alpha=0.05, min_lift=1.5)) == 0
    nobody = cells(lambda *_: 0.0)
    empty = segment_robustness(nobody, BANDS, [], extent_of(nobody), SETTINGS)
    kinds = ["str"] + 3 * ["float64"] + 2 * ["str"] + 2 * ["float64"]
    assert empty.dtypes.map(str).tolist() == kinds


def listed(table, **settings):
    found = risk_segments(table, BANDS, QUANTILES, {**SETTINGS, **settings})
    return found[found["search_rank"].notna()].to_dict("records")


def test_a_real_segment_comes_back_and_beats_every_shuffle():
    table = cells(lambda age, balance, city, active: 0.5 if (age, active) == (2, 2) else 0.1)
    segments = listed(table)
    result = segment_robustness(table, BANDS, segments, extent_of(table), SETTINGS)
    assert result["segment_id"].tolist() == [one["segment_id"] for one in segments]
    assert result["stability"].iloc[0] == 1
    # Of 19 shuffles and the real labels.
    assert result["search_p_value"].iloc[0] == pytest.approx(1 / 20)
    pd.testing.assert_frame_equal(
        result, segment_robustness(table, BANDS, segments, extent_of(table), SETTINGS)
    )


@pytest.mark.parametrize("objective", ["evidence", "lift", "lost_balance"])
def test_halves_are_won_as_if_every_rule_were_looked_at(objective):
    """Rules that are far from the best on all customers are left out, and would not have won."""
    table = cells(lambda age, balance, city, active: 0.4 if (age, active) == (2, 2) else 0.15)
    settings = {
        **SETTINGS, "segment_objectives": [objective], "segment_splits": 40,
        "segment_permutations": 0,
    }  # fmt: skip
    found = Cells.of(table, BANDS, settings)
    segments = [one for one in listed(table, segment_objectives=[objective])][:2]
    assert segments
    limits = limits_of(found, settings)
    everybody = found.everybody
    groups = stability._in_groups(everybody, np.random.default_rng([settings["random_seed"], 1]))
    random = np.random.default_rng([settings["random_seed"], 1])
    stability._in_groups(everybody, random)
    chosen = np.argsort(random.random((40, stability.GROUPS)), axis=1) < stability.GROUPS // 2
    rules = [
        (members(found.axes, rule), rule)
        for size in range(1, settings["max_conditions"] + 1)
        for some in combinations(range(len(found.axes)), size)
        for rule in product(
            *([(axis, number) for number in range(len(found.axes[axis].names))] for axis in some)
        )
    ]
    result = segment_robustness(table, BANDS, segments, extent_of(table), settings)
    covers = [covered_cells(found, one["bands"]) for one in segments]
    total_name = "balance" if objective == "lost_balance" else "customers"
    left_name = "lost_balance" if objective == "lost_balance" else "churned"
    total, left = everybody.of(objective)
    for place, segment in enumerate(segments):
        sign = 1 if segment["direction"] == "leaving" else -1
        expected = np.full(len(total), left.sum() / total.sum())
        for other, cover in enumerate(covers):
            if other != place and segments[other]["direction"] == segment["direction"]:
                rate = left[cover].sum() / total[cover].sum()
                expected[cover] = sign * np.maximum(sign * expected[cover], sign * rate)
        back = 0
        for half in chosen:
            own = {name: one[:, half].sum(axis=1) for name, one in groups.items()}
            base = own["churned"].sum() / own["customers"].sum()
            best, like = 0.0, False
            for inside, rule in rules:
                n, k = own["customers"][inside].sum(), own["churned"][inside].sum()
                lift = k / n / base if n else 0
                sharp = lift >= limits.min_lift if sign > 0 else lift <= 1 / limits.min_lift
                if n < max(limits.min_customers, 1) or not sharp:
                    continue
                gone = own[left_name][inside].sum()
                excess = gone - (expected * own[total_name])[inside].sum()
                counted = (np.array([one]) for one in (n, k, excess))
                (shown,) = quality(objective, segment["direction"], *counted, everybody)
                value = limits.cost(tuple(axis for axis, _ in rule)) * shown
                if value > best:
                    both = everybody.customers[inside & covers[place]].sum()
                    either = everybody.customers[inside | covers[place]].sum()
                    best, like = value, both >= 0.5 * either
            back += like
        assert result["stability"].iloc[place] == pytest.approx(back / 40, abs=0.026)


def test_segments_of_lost_balance_come_back_too():
    table = cells(lambda age, balance, city, active: 0.6 if (balance, active) == (2, 2) else 0.1)
    settings = {**SETTINGS, "segment_objectives": ["lost_balance"], "segment_permutations": 0}
    segments = listed(table, segment_objectives=["lost_balance"])
    assert segments[0]["rule_sql"] == "balance >= 981000 and not is_active"
    assert (
        segment_robustness(table, BANDS, segments, extent_of(table), settings)["stability"].iloc[0]
        == 1
    )


def test_a_chance_finding_neither_comes_back_nor_beats_the_shuffles():
    table = cells(lambda *_: 0.2, seed=3)
    chance = {
        "segment_id": "x", "direction": "leaving", "bands": '{"age": [1], "city": [2]}',
        "rule_sql": "",
    }  # fmt: skip
    result = segment_robustness(table, BANDS, [chance], extent_of(table), SETTINGS).iloc[0]
    assert result["stability"] < 0.5
    assert result["search_p_value"] > 0.05


def test_robustness_is_left_out_where_it_is_not_asked_for():
    table = cells(lambda age, balance, city, active: 0.5 if age == 2 else 0.1)
    settings = {**SETTINGS, "segment_splits": 0, "segment_permutations": 0}
    result = segment_robustness(table, BANDS, listed(table), extent_of(table), settings)
    assert len(result)
    texts = ["segment_id", "similar_segment", "similar_segment_ru"]
    assert result.drop(columns=texts).isna().all(axis=None)
    assert (result[texts[1:]] == "").all(axis=None)


def test_the_most_similar_winner_of_other_halves_is_named():
    """Two rules describe nearly the same customers, so that now one wins and now the other."""
    table = cells(lambda age, balance, city, active: 0.4 if age == 2 else 0.1, seed=5)
    segments = listed(table)
    result = segment_robustness(table, BANDS, segments, extent_of(table), SETTINGS)
    named = result[result["similar_segment"] != ""]
    assert len(named)
    assert named["similar_segment_share"].between(0, 1).all()
    assert (named["similar_segment_ru"] != "").all()
    names = {one["segment_id"]: one["name"] for one in segments}
    for row in named.to_dict("records"):
        assert row["similar_segment"] != names[row["segment_id"]]
