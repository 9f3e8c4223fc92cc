"""Intervals of values: the most likely cuts, ends that can be said, and what stands out."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from python_steps.segments.intervals import (
    evidence,
    likelihood,
    partition,
    price_of_a_cut,
    risk_intervals,
    rounded_ends,
)

AGE = {"name": "age", "type": "number", "unit": "years", "label": "age", "phrase": "aged {}"}
BALANCE = {"name": "balance", "type": "number", "unit": "money", "label": "balance"}
CITY = {"name": "city", "type": "text", "label": "city", "phrase": "in {}"}
SETTINGS = {"alpha": 0.05, "segment_min_customers": 50, "segment_min_share": 0.005}


def by_trying(customers, churned, price, smallest):
    """The likelihood of the best way to cut, of all ways."""
    best = -math.inf
    for length in range(len(customers)):
        for cuts in itertools.combinations(range(1, len(customers)), length):
            parts = list(itertools.pairwise([0, *cuts, len(customers)]))
            sizes = np.array([customers[a:b].sum() for a, b in parts])
            left = np.array([churned[a:b].sum() for a, b in parts])
            if sizes.min() >= smallest:
                best = max(best, likelihood(left, sizes).sum() - price * len(cuts))
    return best


@pytest.mark.parametrize("seed", range(30))
def test_cuts_are_the_best_of_all_ways_to_cut(seed):
    rng = np.random.default_rng(seed)
    steps = int(rng.integers(1, 10))
    customers = rng.integers(0, 40, steps)
    churned = rng.binomial(customers, rng.choice([0.05, 0.3, 0.9], steps))
    price, smallest = rng.choice([0.5, 2.0, 5.0]), rng.choice([0, 10, 30])
    starts = partition(customers, churned, price, smallest)
    parts = list(itertools.pairwise([*starts, steps]))
    sizes = np.array([customers[a:b].sum() for a, b in parts])
    left = np.array([churned[a:b].sum() for a, b in parts])
    expected = by_trying(customers, churned, price, smallest)
    assert starts[0] == 0
    if math.isinf(expected):
        assert starts == [0]
    else:
        assert sizes.min() >= smallest
        found = likelihood(left, sizes).sum() - price * (len(starts) - 1)
        assert found == pytest.approx(expected)


def test_likelihood_and_evidence_are_those_of_the_binomial():
    assert likelihood(3, 10) == pytest.approx(
        stats.binom.logpmf(3, 10, 0.3) - math.log(math.comb(10, 3))
    )
    assert likelihood([0, 5, 0], [0, 5, 7]).tolist() == [0, 0, 0]
    assert evidence(3, 10, 0.5) == pytest.approx(
        stats.binom.logpmf(3, 10, 0.3) - stats.binom.logpmf(3, 10, 0.5)
    )
    # Of two groups, twice the gain of a cut is a likelihood ratio that Wilks knows.
    assert price_of_a_cut(1, 0.05) == pytest.approx(1.92, abs=0.001)


def test_ends_are_rounded_where_that_costs_nothing():
    steps = np.arange(600, 800, 3.0)
    customers = np.full(len(steps), 20)
    # Nobody is between 699 and 702: 700 is as likely as 702.
    churned = np.where(steps < 702, 0, 10)
    assert rounded_ends(steps, customers, churned, [702.0], 20) == [700.0]
    # At 753 a number of one digit would lose it, one of two does not.
    few = np.full(len(steps), 4)
    churned = np.where(steps < 753, 0, 2)
    assert rounded_ends(steps, few, churned, [753.0], 20) == [750.0]
    # Where each step counts, nothing is rounded.
    many = customers * 1_000
    churned = np.where(steps < 753, 0, 10_000)
    assert rounded_ends(steps, many, churned, [753.0], 20) == [753.0]
    # What can be said already stays, below one and below zero too.
    for value in (52.0, 0.5, -40.0, 0.0):
        assert rounded_ends(steps, customers, churned, [value], 0) == [value]


def rows_of(attribute, steps, discovery, confirmation):
    return [
        {"attribute": attribute, "step": step, "value": None, "discovery_customers": n,
         "discovery_churned": k, "confirmation_customers": m, "confirmation_churned": j}
        for step, (n, k), (m, j) in zip(steps, discovery, confirmation, strict=True)
    ]  # fmt: skip


def test_what_was_planted_is_found_named_and_confirmed():
    rng = np.random.default_rng(1)
    ages = list(range(20, 80))
    rate = np.where((np.array(ages) >= 48) & (np.array(ages) < 61), 0.35, 0.1)
    halves = [[(100, int(k)) for k in rng.binomial(100, rate)] for _ in range(2)]
    unknown = {"step": None, "value": None, "discovery_customers": 300, "discovery_churned": 1,
               "confirmation_customers": 300, "confirmation_churned": 2}  # fmt: skip
    counts = [{**unknown, "attribute": "age"}, *rows_of("age", ages, *halves)]
    table = risk_intervals(counts, [AGE], SETTINGS)
    found = {row["name"]: row for row in table.to_dict("records")}
    assert set(found) == {"Aged under 48", "Aged 48-60", "Aged 61 or more", "Age missing"}
    middle = found["Aged 48-60"]
    assert (middle["direction"], middle["lower_bound"], middle["upper_bound"]) == (
        "leaving",
        48,
        61,
    )
    assert middle["rule_sql"] == "age >= 48 and age < 61" and middle["name_ru"]
    assert middle["interval_rank"] == 1
    assert table["is_confirmed"].all()
    # The test is Fisher's against all customers of the half.
    size, left = middle["confirmation_customers"], middle["confirmation_churned"]
    assert middle["p_value"] == pytest.approx(
        stats.hypergeom.sf(left - 1, middle["fold_customers"], middle["fold_churned"], size)
    )
    assert table["p_value_holm"].min() == pytest.approx(len(table) * table["p_value"].min())


def test_values_of_a_nominal_attribute_stand_alone():
    counts = [
        {"attribute": "city", "step": None, "value": name, "discovery_customers": 1000,
         "discovery_churned": left, "confirmation_customers": 1000, "confirmation_churned": left}
        for name, left in (("O'Hara", 300), ("B", 100), ("C", 100), (None, 104))
    ]  # fmt: skip
    table = risk_intervals(counts, [CITY], SETTINGS)
    first = table.iloc[0]
    assert (first["value"], first["value_kind"], first["direction"]) == (
        "O'Hara", "value", "leaving",
    )  # fmt: skip
    assert first["rule_sql"] == "city = 'O''Hara'"
    # A city that the other half does not confirm is listed, and said not to be.
    counts[0]["confirmation_churned"] = 100
    assert not risk_intervals(counts, [CITY], SETTINGS).iloc[0]["is_confirmed"]


@pytest.mark.parametrize(
    "counts",
    [
        [],
        rows_of("balance", [1.0], [(500, 100)], [(500, 90)]),
        # Nobody left, everybody left, too few customers, nobody in the other half.
        rows_of("balance", [1.0, 2.0], [(500, 0), (300, 0)], [(500, 0), (5, 0)]),
        rows_of("balance", [1.0, 2.0], [(500, 500), (300, 300)], [(500, 500), (5, 5)]),
        rows_of("balance", [1.0, 2.0], [(3, 0), (3, 3)], [(3, 0), (5, 0)]),
    ],
)
def test_where_nothing_can_stand_out_there_is_no_row(counts):
    assert len(risk_intervals(counts, [BALANCE], SETTINGS)) == 0


def test_nobody_in_the_other_half_is_no_evidence():
    counts = rows_of("balance", [1.0, 2.0], [(500, 10), (500, 300)], [(0, 0), (0, 0)])
    table = risk_intervals(counts, [BALANCE], SETTINGS)
    assert len(table) == 2 and table["p_value"].isna().all() and not table["is_confirmed"].any()


def test_many_values_are_joined_and_extreme_ones_are_kept():
    """Thousands of values from debts to fortunes; those from a million on leave."""
    rng = np.random.default_rng(2)
    values = np.unique(np.concatenate([-np.geomspace(1, 1e5, 500), np.geomspace(1, 1e9, 5_000)]))
    values = np.unique(np.array([float(f"{one:.3g}") for one in values]))
    rate = np.where(values >= 1e6, 0.4, 0.1)
    halves = [[(5, int(k)) for k in rng.binomial(5, rate)] for _ in range(2)]
    table = risk_intervals(rows_of("balance", values, *halves), [BALANCE], SETTINGS)
    leaving = table[table["direction"] == "leaving"].iloc[0]
    assert leaving["name"] == "Balance 1 million or more"
    both = table[["discovery_customers", "confirmation_customers"]].to_numpy().sum()
    assert both == 10 * len(values)
