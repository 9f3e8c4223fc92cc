"""Are the values of two groups distributed alike? By ranks, and by the largest distance."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
from scipy import special, stats
from scipy.optimize import brentq

from python_steps.statistics.outcome import NAN, Z_95, Alternative, Outcome, tost
from python_steps.statistics.samples import Ranks

# So many values of the smaller group count as much as what is supposed of the error.
OWN_WEIGHT = 5
LEAST_FREEDOM = 3.0
NEXT_TO = 1e-9


def mann_whitney_u(
    ranks: Ranks, alternative: Alternative = "two_sided", margin: float = NAN
) -> Outcome:
    """The Mann-Whitney U test that neither group tends to have larger values.

    Asymptotic, with midranks, the correction for ties and a continuity correction of 0.5. The
    effect size is the rank-biserial correlation: the share of pairs in which a is larger minus
    the share in which b is. Its interval (:func:`superiority_interval`) and equivalence do not
    assume that the groups have the same shape.

    Args:
        ranks: the groups' ranks.
        alternative: ``greater`` where a is said to tend to larger values.
        margin: the rank-biserial correlation below which a shift does not matter.

    Returns:
        The outcome; without a p-value where a group is empty or all values are equal, and without
        an interval where a group has one value.

    Source: Mann and Whitney (1947); ties as in Lehmann (1975), "Nonparametrics"; equivalence after
    Brunner and Munzel (2000), whose variance is that of DeLong et al. (1988).
    """
    outcome = Outcome(effect_name="rank-biserial")
    count_a, count_b = ranks.count_a, ranks.count_b
    if not count_a or not count_b:
        return outcome
    pairs = count_a * count_b
    total = count_a + count_b
    effect = float(Fraction(ranks.doubled_u, pairs) - 1)
    outcome = replace(outcome, statistic=ranks.doubled_u / 2, effect_size=effect)
    tie_correction = Fraction(ranks.tie_term, total * (total - 1))
    deviation = math.sqrt(Fraction(pairs, 12) * (total + 1 - tie_correction))
    if deviation == 0:
        return outcome
    # Of U minus its expectation, in half pairs.
    excess = {
        "two_sided": abs(ranks.doubled_u - pairs),
        "greater": ranks.doubled_u - pairs,
        "less": pairs - ranks.doubled_u,
    }[alternative]
    tail = float(special.ndtr(-float(Fraction(excess - 1, 2)) / deviation))
    outcome = replace(
        outcome,
        p_value=min(1.0, 2 * tail) if alternative == "two_sided" else tail,
        p_value_kind="asymptotic",
    )
    if count_a < 2 or count_b < 2:
        return outcome
    # Placements are doubled, and the rank-biserial is twice the probability less one.
    spread_a = _variance(ranks.squared_placements_a, ranks.doubled_u, count_a)
    spread_b = _variance(ranks.squared_placements_b, 2 * pairs - ranks.doubled_u, count_b)
    share_a = float(spread_a / (count_a * count_b**2))
    share_b = float(spread_b / (count_b * count_a**2))
    error = math.sqrt(share_a + share_b)
    freedom = math.inf
    if error > 0:
        freedom = error**4 / (share_a**2 / (count_a - 1) + share_b**2 / (count_b - 1))
    low, high = superiority_interval((1 + effect) / 2, count_a, count_b, error / 2, freedom)
    outcome = replace(outcome, effect_low=2 * low - 1, effect_high=2 * high - 1)
    if error == 0:
        return outcome
    return replace(outcome, p_value_equivalence=tost(effect, error, freedom, margin))


def superiority_interval(
    chance: float, count_a: int, count_b: int, error: float, freedom: float
) -> tuple[float, float]:
    """The 95% interval of the chance that a value of one group exceeds one of the other.

    A score interval: its ends are the chances from which the one seen is as far as their own error
    allows. How the error changes with the chance is Newcombe's method 5; its size is the measured
    one, in which the smaller group counts with its values and the method with five, so that tiny
    groups and groups that lie apart have an interval too.

    Args:
        chance: the one seen, ties counted half.
        count_a, count_b: the groups' sizes, two at least.
        error: the measured one of the chance (DeLong's).
        freedom: its degrees of freedom; of few, three.

    Source: Newcombe (2006), "Confidence intervals for an effect size measure based on the
    Mann-Whitney statistic", part 2, method 5; DeLong et al. (1988).
    """
    size = (count_a + count_b) / 2 - 1

    def variance(at: float) -> float:
        spread = 1 + size * (1 - at) / (2 - at) + size * at / (1 + at)
        return at * (1 - at) * spread / (count_a * count_b)

    smaller, expected = min(count_a, count_b), variance(chance)
    ratio = error**2 / expected if expected > 0 else 1.0
    factor = (smaller * ratio + OWN_WEIGHT) / (smaller + OWN_WEIGHT)
    reach = float(special.stdtrit(max(freedom, LEAST_FREEDOM), 0.975)) if error else Z_95

    def excess(at: float) -> float:
        return abs(at - chance) - reach * math.sqrt(max(0.0, variance(at) * factor))

    # At 0 and 1 there is no error; where the groups lie apart, the chance is there.
    beside = min(max(chance, NEXT_TO), 1 - NEXT_TO)
    low = float(brentq(excess, 0.0, beside, xtol=1e-12)) if chance > 0 else 0.0
    high = float(brentq(excess, beside, 1.0, xtol=1e-12)) if chance < 1 else 1.0
    return low, high


def kolmogorov_smirnov(ranks: Ranks, margin: float = NAN) -> Outcome:
    """The two-sample Kolmogorov-Smirnov test that two groups have one distribution.

    It sees what tests of means and ranks do not, such as a hump in the middle. The p-value is that
    of the one-sample distribution at the effective size, which ties make conservative, and no
    smaller than that of the rarest arrangement, 2 / C(a + b, a). The effect
    size is D itself, the largest distance between the two distributions; its interval and
    equivalence follow from a bound that holds for any distributions, and are therefore wide.

    Args:
        ranks: the groups' ranks.
        margin: D below which a difference does not matter.

    Returns:
        The outcome; without a p-value where a group is empty.

    Source: Kolmogorov (1933), Smirnov (1939); the bound of Dvoretzky, Kiefer and Wolfowitz (1956)
    with the constant of Massart (1990).
    """
    if not ranks.count_a or not ranks.count_b:
        return Outcome(effect_name="D")
    distance = ranks.largest_gap / (ranks.count_a * ranks.count_b)
    effective = ranks.count_a * ranks.count_b / (ranks.count_a + ranks.count_b)
    # No arrangement of the values is rarer than the two in which the groups lie apart.
    arrangements = math.lgamma(ranks.count_a + ranks.count_b + 1) - (
        math.lgamma(ranks.count_a + 1) + math.lgamma(ranks.count_b + 1)
    )
    rarest = min(1.0, 2 * math.exp(-arrangements))
    p_value = float(np.clip(stats.kstwo.sf(distance, max(1, round(effective))), rarest, 1))
    # Each group's distribution lies within s / sqrt(n) of the truth but for 2 exp(-2 s^2).
    unit = 1 / math.sqrt(ranks.count_a) + 1 / math.sqrt(ranks.count_b)
    reach = unit * math.sqrt(math.log(4 / 0.05) / 2)
    room = max(0.0, margin - distance) / unit
    beyond = NAN if math.isnan(margin) else min(1.0, 4 * math.exp(-2 * room**2))
    return Outcome(
        statistic=distance,
        p_value=p_value,
        p_value_kind="asymptotic",
        effect_name="D",
        effect_size=distance,
        effect_low=max(0.0, distance - reach),
        effect_high=min(1.0, distance + reach),
        p_value_equivalence=beyond,
    )


def _variance(total_of_squares: int, total: int, count: int) -> Fraction:
    return (Fraction(total_of_squares) - Fraction(total**2, count)) / (count - 1)
