"""A confirmation half that is asked about many lists is used up."""

import numpy as np
import pytest

from python_steps.common.errors import ChurnError
from python_steps.segments.confirmation import confirm_segments, lists_of_half
from python_steps.segments.tested_lists import known_lists, memory_of, read_memory, write_memory


def counts(*rules: str, churned: int = 100, origin: str = "discovered") -> list[dict]:
    return [
        {
            "segment_id": rule, "origin": origin, "direction": "leaving", "fold": fold,
            "customers": 60, "churned": 30, "fold_customers": 500, "fold_churned": churned,
        }
        for rule in rules
        for fold in ("discovery", "confirmation")
    ]  # fmt: skip


def remembered(*tested) -> list[dict]:
    """What is remembered after tests of lists, each a rule's counts and a minimum lift."""
    known: list[dict] = []
    for rows, lift in tested:
        known = known_lists(rows, lift, known).to_dict("records")
    return known


def test_each_different_list_of_a_half_counts_once():
    a, b = counts("a"), counts("a", "b")
    assert lists_of_half(remembered((a, 1.5))) == 1
    assert lists_of_half(remembered((a, 1.5), (a, 1.5))) == 1
    assert lists_of_half(remembered((a, 1.5), (b, 1.5))) == 2
    assert lists_of_half(remembered((a, 1.5), (a, 2))) == 2
    assert lists_of_half(remembered((a, 1.5), (b, 1.5), (a, 1.5))) == 2
    # Segments that the bank names are no result of a search.
    named = [*a, *counts("n", origin="named")]
    assert lists_of_half(remembered((a, 1.5), (named, 1.5))) == 1
    # Other data, and no list at all.
    assert lists_of_half(remembered((a, 1.5), (counts("b", churned=99), 1.5))) == 1
    assert lists_of_half(remembered((a, 1.5), ([], 1.5))) == 1


def test_other_halves_of_a_table_are_known_as_such():
    first = counts("a")
    other = [
        row | {"fold_churned": row["fold_churned"] + (1 if row["fold"] == "discovery" else -1)}
        for row in first
    ]
    lists = remembered((first, 1.5), (other, 1.5))
    assert len({one["table_id"] for one in lists}) == 1
    assert len({one["half_id"] for one in lists}) == 2
    assert lists_of_half(lists) == 1


def test_halves_drawn_anew_are_other_ones_even_where_counts_agree():
    rows = counts("a")
    first = known_lists(rows, 1.5, []).to_dict("records")
    lists = known_lists(rows, 1.5, first, "b").to_dict("records")
    assert lists_of_half(lists) == 1 and len(lists) == 2


def test_corrected_p_values_count_all_lists_of_the_half():
    rows = counts("a")
    alone = confirm_segments(rows, 0.05, 1.5).set_index("fold")
    lists = remembered((counts("b"), 1.5), (counts("c"), 1.5), (rows, 1.5))
    third = confirm_segments(rows, 0.05, 1.5, lists).set_index("fold")
    for name in ("overall_p_value_holm", "lift_p_value_holm"):
        once = alone.loc["confirmation", name]
        assert third.loc["confirmation", name] == pytest.approx(min(1, 3 * once), rel=1e-12)
        assert third.loc["discovery", name] == alone.loc["discovery", name]
    assert third.loc["confirmation", "lift_p_value"] == alone.loc["confirmation", "lift_p_value"]


def test_eight_settings_on_labels_without_a_signal_stay_within_the_level():
    """Of 400 halves, in how many any of eight lists is confirmed that each were the luckiest."""
    random = np.random.default_rng(1)
    wrong = {True: 0, False: 0}
    for _ in range(400):
        memory: dict[bool, list[dict]] = {True: [], False: []}
        any_is = {True: False, False: False}
        for setting in range(8):
            rows = counts(*(f"{setting}_{place}" for place in range(5)))
            for row in rows:
                row["churned"] = int(random.hypergeometric(100, 400, 60))
            for counted in (True, False):
                memory[counted] = known_lists(rows, 1, memory[counted]).to_dict("records")
                lists = memory[counted] if counted else ()
                found = confirm_segments(rows, 0.05, 1, lists)
                confirmed = found[found["fold"] == "confirmation"]["is_confirmed"].any()
                any_is[counted] |= bool(confirmed)
        for counted in (True, False):
            wrong[counted] += any_is[counted]
    assert wrong[True] / 400 < 0.1
    assert wrong[False] / 400 > 0.15


def test_what_is_remembered_is_read_again(tmp_path):
    warehouse = tmp_path / "work.duckdb"
    assert read_memory(warehouse) == []
    lists = remembered((counts("a"), 1.5), (counts("b"), 1.5))
    write_memory(warehouse, lists)
    assert remembered((counts("b"), 1.5)) != lists
    again = known_lists(counts("b"), 1.5, read_memory(warehouse)).to_dict("records")
    assert again == lists
    for damaged in ("", "{}", "[1]", '[{"half_id": "x"}]'):
        memory_of(warehouse).write_text(damaged)
        if damaged == "{}":
            continue
        with pytest.raises(ChurnError, match=r"work.duckdb.lists.json cannot be read"):
            read_memory(warehouse)
