"""In which order to approach segments."""

import itertools

import numpy as np
import pytest

from python_steps.segments.priorities import prioritise
from python_steps.statistics.proportions import wilson_interval


def counts(directions):
    return [
        {"segment_id": name, "search_rank": rank, "direction": direction, "fold": fold}
        for rank, (name, direction) in enumerate(directions.items(), start=1)
        for fold in ("discovery", "confirmation")
    ]


def evidence(confirmed):
    return [
        {"segment_id": name, "fold": "confirmation", "is_confirmed": True,
         "overall_p_value_holm": 0.001}
        for name in confirmed
    ]  # fmt: skip


def pattern(is_in, customers, churned, fold="confirmation"):
    return {"is_in": is_in, "customers": customers, "churned": churned, "fold": fold}


def by_id(table):
    return {row["segment_id"]: row for row in table.to_dict("records")}


def test_the_broad_segment_comes_before_the_one_that_has_almost_left():
    """x: 93 of 102 left. y: 800 here, a quarter left; z is inside y; u is not confirmed."""
    found = by_id(
        prioritise(
            counts({"x": "leaving", "y": "leaving", "z": "leaving", "u": "leaving", "l": "loyal"}),
            evidence("xyzl"),
            [
                pattern([True, False, False, False, False], 102, 93),
                pattern([False, True, False, True, False], 600, 100),
                pattern([False, True, True, True, False], 400, 150),
                pattern([False, False, False, False, True], 500, 5),
                pattern([False, False, False, False, False], 999, 100),
            ],
            0.05,
        )
    )
    assert [found[name]["priority"] for name in "yzx"] == [1, 2, 3]
    assert found["y"]["still_here_once"] == 750 and found["y"]["priority_note"] == ""
    assert found["y"]["impact_once"] == pytest.approx(750 * 250 / 1000)
    assert found["z"]["still_here_once"] == 0 and found["z"]["impact_once"] == 0
    assert found["z"]["priority_note"].startswith("It comes last: all its customers")
    assert found["x"]["priority_note"].startswith("It comes last: hardly any")
    assert found["x"]["priority_note_ru"].startswith("Сегмент в конце очереди: ")
    for name, said in (("u", "not confirmed"), ("l", "stay")):
        assert np.isnan(found[name]["priority"]) and np.isnan(found[name]["impact_once"])
        assert said in found[name]["priority_note"]


def test_what_a_segment_adds_has_the_rate_of_those_whom_it_adds():
    """In both 90 of 100 leave; those whom y adds leave at a tenth, on the confirmation half."""
    found = by_id(
        prioritise(
            counts({"x": "leaving", "y": "leaving"}),
            evidence("xy"),
            [
                pattern([True, False], 1000, 400),
                pattern([True, True], 100, 90),
                pattern([False, True], 200, 20),
                pattern([False, True], 300, 290, "discovery"),
            ],
            0.05,
        )
    )
    assert found["y"]["still_here_once"] == 180 + 10
    assert found["y"]["impact_once"] == pytest.approx(190 * 20 / 200)


def test_orders_as_trying_every_segment_in_turn_does():
    rng = np.random.default_rng(5)
    names = ["a", "b", "c", "d"]
    for _ in range(50):
        patterns = []
        for is_in in itertools.product([False, True], repeat=4):
            for fold in ("discovery", "confirmation"):
                size = int(rng.integers(0, 300))
                patterns.append(pattern(list(is_in), size, int(rng.binomial(size, 0.4)), fold))
        found = by_id(
            prioritise(counts(dict.fromkeys(names, "leaving")), evidence(names), patterns, 0.05)
        )
        free, waiting, order = patterns, list(names), []
        while waiting:
            scores = {}
            for name in waiting:
                mine = [row for row in free if row["is_in"][names.index(name)]]
                half = [row for row in mine if row["fold"] == "confirmation"]
                left, size = (sum(row[key] for row in half) for key in ("churned", "customers"))
                here = sum(row["customers"] - row["churned"] for row in mine)
                scores[name] = here * wilson_interval(left, size)[0] if size else 0.0
            best = max(waiting, key=scores.get)
            order.append(best)
            waiting.remove(best)
            free = [row for row in free if not row["is_in"][names.index(best)]]
        assert sorted(names, key=lambda name: found[name]["priority"]) == order


def test_no_segments_have_no_priorities():
    assert len(prioritise([], [], [], 0.05)) == 0
    assert len(prioritise([], [], [pattern([], 10, 1)], 0.05)) == 0


def test_why_a_segment_has_no_priority_is_said():
    """Surely more often, but not by the lift; a loyal one that is not; and one that is gone."""
    less = {"segment_id": "x", "fold": "confirmation", "is_confirmed": False,
            "overall_p_value_holm": 0.001}  # fmt: skip
    found = by_id(
        prioritise(
            counts({"x": "leaving", "l": "loyal", "g": "leaving"}),
            [less, less | {"segment_id": "l", "overall_p_value_holm": None}, *evidence("g")],
            [pattern([True, True, False], 100, 40), pattern([False, False, True], 60, 60)],
            0.05,
        )
    )
    assert found["x"]["priority_note"].startswith("It differs from all customers")
    assert found["l"]["priority_note"] == "It is not confirmed on the testing half."
    assert found["g"]["priority_note"] == "None of its customers is still here."
    assert all(np.isnan(row["priority"]) for row in found.values())
