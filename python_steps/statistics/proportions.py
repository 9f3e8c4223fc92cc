"""Shares of customers: their intervals, their difference, their odds."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq

from python_steps.statistics.outcome import NAN, Z_95, Alternative, Outcome, normal_p_value, tost

# A part of an interval of counts that is left out at its ends, where odds have no value.
NEXT_TO = 1e-9


def two_proportion_z(
    hits_a: int,
    count_a: int,
    hits_b: int,
    count_b: int,
    alternative: Alternative = "two_sided",
    margin: float = NAN,
) -> Outcome:
    """The z test that two groups have the same proportion, with the pooled error.

    The effect size is the risk difference with Newcombe's interval; the odds ratio has a score
    interval. Equivalence uses the error of Agresti and Caffo, which does not vanish at 0 and 1.

    Args:
        hits_a, hits_b: how many of each group.
        count_a, count_b: the groups' sizes.
        alternative: ``greater`` where a's proportion is said to be above b's.
        margin: the risk difference below which it does not matter.

    Returns:
        The outcome; without a p-value where a group is empty or all customers are alike.

    Source: Newcombe (1998), method 10; Miettinen and Nurminen (1985); Agresti and Caffo (2000).
    """
    outcome = _proportions(hits_a, count_a, hits_b, count_b, margin)
    pooled = (hits_a + hits_b) / (count_a + count_b) if count_a + count_b else NAN
    if not count_a or not count_b or not 0 < pooled < 1:
        return outcome
    error = math.sqrt(pooled * (1 - pooled) * (1 / count_a + 1 / count_b))
    statistic = outcome.difference / error
    return replace(
        outcome,
        statistic=statistic,
        p_value=normal_p_value(statistic, alternative),
        p_value_kind="asymptotic",
    )


def fisher_exact(
    hits_a: int,
    count_a: int,
    hits_b: int,
    count_b: int,
    alternative: Alternative = "two_sided",
    margin: float = NAN,
) -> Outcome:
    """Fisher's exact test that two groups have the same proportion.

    Arguments, effect sizes and equivalence are those of :func:`two_proportion_z`; the statistic is
    the sample odds ratio. Two-sided, tables at most as likely as the one seen count.

    Source: Fisher (1922), through ``scipy.stats.fisher_exact``.
    """
    outcome = _proportions(hits_a, count_a, hits_b, count_b, margin)
    hits = hits_a + hits_b
    if not count_a or not count_b or hits in (0, count_a + count_b):
        return outcome
    table = np.array([[hits_a, count_a - hits_a], [hits_b, count_b - hits_b]])
    return replace(
        outcome,
        statistic=outcome.odds_ratio,
        p_value=fisher_p_value(table, alternative),
        p_value_kind="exact",
    )


def fisher_p_value(table: NDArray[np.int64], alternative: Alternative = "two_sided") -> float:
    """Fisher's exact p-value of a 2x2 table of counts."""
    if alternative == "two_sided":
        return min(1.0, float(stats.fisher_exact(table).pvalue))
    return min(1.0, float(stats.fisher_exact(table, alternative=alternative).pvalue))


def odds_ratio(table: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """The odds ratio of a 2x2 table of counts with its 95% score interval.

    The ends are the odds ratios that Pearson's chi-square, with the variance of Miettinen and
    Nurminen, does not reject. An empty cell leaves one of them: an odds ratio of 0 has an upper
    one, and an infinite one, which is NaN here, a lower.

    Returns:
        The odds ratio and both ends; NaN where one is infinite, all where a margin is empty.

    Source: Cornfield (1956); Miettinen and Nurminen (1985).
    """
    (a, b), (c, d) = table
    group, hits, total = a + b, a + c, a + b + c + d
    if not (0 < group < total and 0 < hits < total):
        return NAN, NAN, NAN
    ratio = a * d / (b * c) if b * c else NAN

    def ratio_of(count: float) -> float:
        return count * (total - group - hits + count) / ((group - count) * (hits - count))

    def excess(count: float) -> float:
        """Positive where a table with the same margins lies too far from the one seen."""
        w, x, y, z = count, group - count, hits - count, total - group - hits + count
        # Times the product of the cells, as 1 / cell has no value at the ends.
        inverses = x * y * z + w * y * z + w * x * z + w * x * y
        return (a - count) ** 2 * inverses * (total - 1) / total - Z_95**2 * w * x * y * z

    def end(outermost: float, otherwise: float) -> float:
        reach = outermost - a
        beside, beyond = a + reach * NEXT_TO, outermost - reach * NEXT_TO
        # Of very few customers even the last table is not too far.
        if excess(beyond) <= 0:
            return otherwise
        return ratio_of(float(brentq(excess, beside, beyond, xtol=1e-12)))

    least, most = max(0.0, group + hits - total), min(group, hits)
    return ratio, end(least, 0.0) if a > least else 0.0, end(most, NAN) if a < most else NAN


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """Wilson's 95% score interval of a proportion, as the macro ``churn_rate`` has it.

    Source: Wilson (1927).
    """
    centre = (hits + Z_95**2 / 2) / (count + Z_95**2)
    reach = Z_95 / (count + Z_95**2) * math.sqrt(hits * (count - hits) / count + Z_95**2 / 4)
    return max(0.0, centre - reach), min(1.0, centre + reach)


def lift_interval(hits: int, count: int, all_hits: int, all_count: int) -> tuple[float, float]:
    """The 95% interval of a lift: how many times the overall proportion a group's own is.

    The group is a part of all. The ratio of its proportion to that of the rest has an interval by
    the method of variance estimates recovery, from Wilson's intervals of both; as the lift rises
    with that ratio, its ends become those of the lift.

    Args:
        hits, count: the group.
        all_hits, all_count: everybody, with the group.

    Returns:
        Both ends; NaN where the group is empty or nobody hits. The upper one is at most
        all_count / count, which is reached where nobody else hits.

    Source: Donner and Zou (2012), equation 9, through Newcombe (2013).
    """
    rest_hits, rest = all_hits - hits, all_count - count
    if not count or not all_hits:
        return NAN, NAN
    if not rest:
        return 1.0, 1.0
    share = count / all_count
    a, b = hits / count, rest_hits / rest
    (low_a, high_a), (low_b, high_b) = (
        wilson_interval(hits, count),
        wilson_interval(rest_hits, rest),
    )
    return (
        _lift_of_ratio(_ratio_end(a, b, low_a, high_b, -1.0), share),
        _lift_of_ratio(_ratio_end(a, b, high_a, low_b, 1.0), share),
    )


def _ratio_end(a: float, b: float, end_a: float, end_b: float, side: float) -> float:
    """An end of the interval of a / b from the ends of both that lead to it."""
    part_a, part_b = end_a * (2 * a - end_a), end_b * (2 * b - end_b)
    reach = math.sqrt(max((a * b) ** 2 - part_a * part_b, 0.0))
    # Of two forms of the root of a quadratic equation the one that does not subtract.
    if side < 0:
        whole = a * b + reach
        return max(0.0, part_a / whole) if whole > 0 else 0.0
    return (a * b + reach) / part_b if part_b > 0 else math.inf


def _lift_of_ratio(ratio: float, share: float) -> float:
    """What a group of some share of all has for a lift, by its ratio to the rest."""
    return 1 / share if math.isinf(ratio) else ratio / (share * ratio + 1 - share)


def _proportions(hits_a: int, count_a: int, hits_b: int, count_b: int, margin: float) -> Outcome:
    """Estimates, effects and equivalence of two proportions, without a test."""
    rate_a = hits_a / count_a if count_a else NAN
    rate_b = hits_b / count_b if count_b else NAN
    outcome = Outcome(
        effect_name="risk difference",
        estimate_a=rate_a,
        estimate_b=rate_b,
        difference=rate_a - rate_b,
        effect_size=rate_a - rate_b,
    )
    if not count_a or not count_b:
        return outcome
    low_a, high_a = wilson_interval(hits_a, count_a)
    low_b, high_b = wilson_interval(hits_b, count_b)
    low = rate_a - rate_b - math.hypot(rate_a - low_a, high_b - rate_b)
    high = rate_a - rate_b + math.hypot(high_a - rate_a, rate_b - low_b)
    ratio, ratio_low, ratio_high = odds_ratio(
        [[hits_a, count_a - hits_a], [hits_b, count_b - hits_b]]
    )
    moved_a, moved_b = (hits_a + 1) / (count_a + 2), (hits_b + 1) / (count_b + 2)
    error = math.sqrt(
        moved_a * (1 - moved_a) / (count_a + 2) + moved_b * (1 - moved_b) / (count_b + 2)
    )
    return replace(
        outcome,
        effect_low=low,
        effect_high=high,
        difference_low=low,
        difference_high=high,
        odds_ratio=ratio,
        odds_ratio_low=ratio_low,
        odds_ratio_high=ratio_high,
        p_value_equivalence=tost(moved_a - moved_b, error, math.inf, margin),
    )
