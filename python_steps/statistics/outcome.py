"""What a test says, and the tails that tests share.

Every interval is two-sided at 95%. A test for equivalence is two one-sided tests (TOST, Schuirmann
1987): its p-value is small where the effect surely lies within the margin.
"""

import math
from dataclasses import dataclass
from typing import Literal

from scipy import special

Alternative = Literal["two_sided", "greater", "less"]
NAN = math.nan
Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Outcome:
    """The outcome of a test; NaN where something cannot be computed.

    Attributes:
        statistic, degrees_of_freedom, p_value: the test itself.
        p_value_kind: ``asymptotic``, ``exact`` or ``simulated``.
        effect_name, effect_size, effect_low, effect_high: a unit-free size of the effect.
        effect_size_corrected: the same without its upward bias, where it has one.
        estimate_a, estimate_b: the compared quantity in each group, in the metric's unit.
        difference, difference_low, difference_high: a minus b.
        skewness: of the difference of means.
        effect_note: why the interval of the effect may cover less than it says, where it may.
        rank_biserial, rank_biserial_low, rank_biserial_high: what says more there.
        odds_ratio, odds_ratio_low, odds_ratio_high: for two groups and two outcomes.
        margin: the one that was taken, where it follows from the data.
        p_value_equivalence: of the hypothesis that the effect lies outside the margin.
    """

    statistic: float = NAN
    degrees_of_freedom: float = NAN
    p_value: float = NAN
    p_value_kind: str = ""
    effect_name: str = ""
    effect_size: float = NAN
    effect_low: float = NAN
    effect_high: float = NAN
    effect_size_corrected: float = NAN
    estimate_a: float = NAN
    estimate_b: float = NAN
    difference: float = NAN
    difference_low: float = NAN
    difference_high: float = NAN
    skewness: float = NAN
    effect_note: str = ""
    rank_biserial: float = NAN
    rank_biserial_low: float = NAN
    rank_biserial_high: float = NAN
    odds_ratio: float = NAN
    odds_ratio_low: float = NAN
    odds_ratio_high: float = NAN
    margin: float = NAN
    p_value_equivalence: float = NAN


def t_p_value(statistic: float, freedom: float, alternative: Alternative) -> float:
    """The tail of the t distribution."""
    if alternative == "two_sided":
        return min(1.0, 2 * float(special.stdtr(freedom, -abs(statistic))))
    return float(special.stdtr(freedom, -statistic if alternative == "greater" else statistic))


def normal_p_value(statistic: float, alternative: Alternative) -> float:
    """The tail of the normal distribution."""
    if alternative == "two_sided":
        return min(1.0, 2 * float(special.ndtr(-abs(statistic))))
    return float(special.ndtr(-statistic if alternative == "greater" else statistic))


def tost(estimate: float, error: float, freedom: float, margin: float) -> float:
    """The larger p-value of two one-sided tests, which is that of the nearer bound."""
    if math.isnan(margin):
        return NAN
    statistic = (abs(estimate) - margin) / error
    if math.isinf(freedom):
        return float(special.ndtr(statistic))
    return float(special.stdtr(freedom, statistic))
