"""Statistical tests from sufficient statistics.

SQL aggregates the customers; the functions here finish the tests from a handful of numbers, so
that they cost the same for ten million customers as for ten thousand. Sums arrive as exact
decimals and are combined as fractions: nothing cancels.

Every interval is two-sided at 95%. A test for equivalence is two one-sided tests (TOST, Schuirmann
1987): its p-value is small where the effect surely lies within the margin.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

Alternative = Literal["two_sided", "greater", "less"]

NAN = math.nan
Z_95 = 1.959963984540054
# Expected counts below this make the chi-square distribution a poor approximation (Cochran 1954).
SMALL_EXPECTED_COUNT = 5
MONTE_CARLO_TABLES = 49_999
# NumPy draws from urns up to this size.
LARGEST_URN = 10**9


@dataclass(frozen=True)
class Moments:
    """One group's sufficient statistics for a test of means.

    Attributes:
        count: how many values are present.
        total: their exact sum, in the metric's unit.
        total_of_squares: the exact sum of their squares.
    """

    count: int
    total: Fraction
    total_of_squares: Fraction

    @classmethod
    def of(
        cls,
        count: int | None,
        total: Decimal | float | None,
        total_of_squares: Decimal | float | None,
    ) -> "Moments":
        """Moments from what SQL returns, where the sum over no rows is null."""
        return cls(int(count or 0), Fraction(total or 0), Fraction(total_of_squares or 0))

    @property
    def mean(self) -> float:
        """The mean, NaN without values."""
        return float(self.total / self.count) if self.count else NAN

    @property
    def variance(self) -> float:
        """The sample variance (ddof 1), NaN with fewer than two values."""
        if self.count < 2:
            return NAN
        squared_deviations = self.total_of_squares - self.total**2 / self.count
        return float(squared_deviations / (self.count - 1))


@dataclass(frozen=True)
class Ranks:
    """What two groups' values say about each other in order, in whole numbers.

    The placement of a value is the number of values of the other group below it, plus half of
    those equal to it; doubled, it is an integer.

    Attributes:
        count_a, count_b: the groups' numbers of values.
        doubled_u: the sum of the doubled placements of group a, which is twice its U.
        tie_term: the sum of t^3 - t over the groups of t equal values.
        squared_placements_a, squared_placements_b: the sums of the squared doubled placements.
        largest_gap: the largest |A(x) count_b - B(x) count_a|, where A(x) and B(x) are the numbers
            of values up to x in each group.
    """

    count_a: int
    count_b: int
    doubled_u: int = 0
    tie_term: int = 0
    squared_placements_a: int = 0
    squared_placements_b: int = 0
    largest_gap: int = 0


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
        odds_ratio, odds_ratio_low, odds_ratio_high: for two groups and two outcomes.
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
    odds_ratio: float = NAN
    odds_ratio_low: float = NAN
    odds_ratio_high: float = NAN
    p_value_equivalence: float = NAN


def welch_t(
    a: Moments, b: Moments, alternative: Alternative = "two_sided", margin: float = NAN
) -> Outcome:
    """Welch's t test that two groups have the same mean, whatever their variances.

    The effect size is Hedges' g with the exact small-sample correction; its interval is normal
    with the variance of Hedges and Olkin. Equivalence takes the margin as a multiple of the pooled
    standard deviation and tests with Welch's error.

    Args:
        a, b: the groups' moments.
        alternative: ``greater`` where a's mean is said to be above b's.
        margin: |g| below which a difference does not matter.

    Returns:
        The outcome; without a p-value where a group has fewer than two values or neither varies.

    Source: Welch (1947), degrees of freedom after Satterthwaite (1946); Hedges (1981); Hedges and
    Olkin (1985), "Statistical Methods for Meta-Analysis", chapter 5.
    """
    difference = float(a.total / a.count - b.total / b.count) if a.count and b.count else NAN
    outcome = Outcome(
        effect_name="Hedges g", estimate_a=a.mean, estimate_b=b.mean, difference=difference
    )
    if a.count < 2 or b.count < 2 or a.variance + b.variance == 0:
        return outcome
    share_a, share_b = a.variance / a.count, b.variance / b.count
    error = math.sqrt(share_a + share_b)
    freedom = (share_a + share_b) ** 2 / (share_a**2 / (a.count - 1) + share_b**2 / (b.count - 1))
    reach = float(special.stdtrit(freedom, 0.975)) * error
    pooled_freedom = a.count + b.count - 2
    pooled = math.sqrt(((a.count - 1) * a.variance + (b.count - 1) * b.variance) / pooled_freedom)
    correction = math.exp(
        math.lgamma(pooled_freedom / 2)
        - math.log(math.sqrt(pooled_freedom / 2))
        - math.lgamma((pooled_freedom - 1) / 2)
    )
    g = correction * difference / pooled
    g_error = math.sqrt(1 / a.count + 1 / b.count + g**2 / (2 * (a.count + b.count)))
    return replace(
        outcome,
        statistic=difference / error,
        degrees_of_freedom=freedom,
        p_value=_t_p_value(difference / error, freedom, alternative),
        p_value_kind="asymptotic",
        effect_size=g,
        effect_low=g - Z_95 * g_error,
        effect_high=g + Z_95 * g_error,
        difference_low=difference - reach,
        difference_high=difference + reach,
        p_value_equivalence=_tost(difference, error, freedom, margin * pooled),
    )


def mann_whitney_u(
    ranks: Ranks, alternative: Alternative = "two_sided", margin: float = NAN
) -> Outcome:
    """The Mann-Whitney U test that neither group tends to have larger values.

    Asymptotic, with midranks, the correction for ties and a continuity correction of 0.5. The
    effect size is the rank-biserial correlation: the share of pairs in which a is larger minus
    the share in which b is. Its interval and equivalence do not assume that the groups have the
    same shape.

    Args:
        ranks: the groups' ranks.
        alternative: ``greater`` where a is said to tend to larger values.
        margin: the rank-biserial correlation below which a shift does not matter.

    Returns:
        The outcome; without a p-value where a group is empty or all values are equal, and without
        an interval where a group has one value or the groups do not overlap.

    Source: Mann and Whitney (1947); ties as in Lehmann (1975), "Nonparametrics"; the interval after
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
    if share_a + share_b == 0:
        return outcome
    error = math.sqrt(share_a + share_b)
    freedom = (share_a + share_b) ** 2 / (share_a**2 / (count_a - 1) + share_b**2 / (count_b - 1))
    reach = float(special.stdtrit(freedom, 0.975)) * error
    return replace(
        outcome,
        effect_low=max(-1.0, effect - reach),
        effect_high=min(1.0, effect + reach),
        p_value_equivalence=_tost(effect, error, freedom, margin),
    )


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


def chi_square(
    counts_a: ArrayLike, counts_b: ArrayLike, margin: float = NAN, seed: Sequence[int] = (0,)
) -> Outcome:
    """Pearson's chi-square test that two groups spread alike over bands, without Yates' correction.

    The p-value of a table of two bands is Fisher's exact one. In a larger table with an expected
    count below 5 it is simulated: the share of random tables with the same margins whose
    chi-square is at least as large, counting the table itself. Otherwise it is asymptotic.

    The effect size is Cramér's V. Its interval and equivalence come from the noncentral chi-square
    distribution and are about the V of the population, which lies below that of the table by its
    upward bias. The corrected V has the bias removed as Bergsma does.

    Args:
        counts_a, counts_b: shape (k,), customers of each group per band; bands in which there is
            nobody are left out.
        margin: V below which a relation does not matter.
        seed: what seeds the simulation.

    Returns:
        The outcome; without a p-value where fewer than two bands or only one group has customers.

    Source: Pearson (1900); Fisher (1922); Hope (1968); Cramér (1946); Bergsma (2013); Smithson
    (2003), "Confidence Intervals", chapter 4; Wellek (2010), "Testing Statistical Hypotheses of
    Equivalence and Noninferiority", chapter 9.
    """
    table = np.array([counts_a, counts_b], dtype=np.int64).reshape(2, -1)
    table = table[:, table.sum(axis=0) > 0]
    outcome = Outcome(effect_name="Cramér's V")
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    if len(columns) < 2 or not rows.all():
        return outcome
    total = int(table.sum())
    statistic = _pearson(table[0], rows, columns)
    freedom = len(columns) - 1
    p_value, kind = float(special.chdtrc(freedom, statistic)), "asymptotic"
    ratios: tuple[float, float, float] = (NAN, NAN, NAN)
    if len(columns) == 2:
        p_value, kind = fisher_p_value(table), "exact"
        ratios = odds_ratio(table.tolist())
    elif rows.min() * columns.min() / total < SMALL_EXPECTED_COUNT and total < LARGEST_URN:
        p_value, kind = _monte_carlo_p_value(statistic, rows, columns, seed), "simulated"
    v, corrected = cramers_v(table)
    return replace(
        outcome,
        statistic=statistic,
        degrees_of_freedom=freedom,
        p_value=p_value,
        p_value_kind=kind,
        effect_size=v,
        effect_low=_noncentral_v(statistic, freedom, total, 0.975),
        effect_high=_noncentral_v(statistic, freedom, total, 0.025),
        effect_size_corrected=corrected,
        odds_ratio=ratios[0],
        odds_ratio_low=ratios[1],
        odds_ratio_high=ratios[2],
        p_value_equivalence=float(special.chndtr(statistic, freedom, total * margin**2)),
    )


def cramers_v(table: ArrayLike) -> tuple[float, float]:
    """Cramér's V of a contingency table, and the same with its bias removed.

    Args:
        table: shape (r, c), counts; empty rows and columns are left out.

    Returns:
        V and the corrected V; NaN where a side has fewer than two categories.

    Source: Cramér (1946); Bergsma (2013), "A bias-correction for Cramér's V".
    """
    counts = np.asarray(table, dtype=float)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    rows, columns = counts.shape
    if min(rows, columns) < 2:
        return NAN, NAN
    total = counts.sum()
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    phi_squared = ((counts - expected) ** 2 / expected).sum() / total
    corrected = max(0.0, phi_squared - (rows - 1) * (columns - 1) / (total - 1))
    narrower = min(rows - (rows - 1) ** 2 / (total - 1), columns - (columns - 1) ** 2 / (total - 1))
    return (
        min(1.0, math.sqrt(phi_squared / (min(rows, columns) - 1))),
        min(1.0, math.sqrt(corrected / (narrower - 1))) if narrower > 1 else NAN,
    )


def two_proportion_z(
    hits_a: int,
    count_a: int,
    hits_b: int,
    count_b: int,
    alternative: Alternative = "two_sided",
    margin: float = NAN,
) -> Outcome:
    """The z test that two groups have the same proportion, with the pooled error.

    The effect size is the risk difference with Newcombe's interval; the odds ratio has Woolf's.
    Equivalence uses the error of Agresti and Caffo, which does not vanish at 0 and 1.

    Args:
        hits_a, hits_b: how many of each group.
        count_a, count_b: the groups' sizes.
        alternative: ``greater`` where a's proportion is said to be above b's.
        margin: the risk difference below which it does not matter.

    Returns:
        The outcome; without a p-value where a group is empty or all customers are alike.

    Source: Newcombe (1998), method 10; Woolf (1955); Agresti and Caffo (2000).
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
        p_value=_normal_p_value(statistic, alternative),
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
    """The odds ratio of a 2x2 table of counts with Woolf's 95% interval; NaN with an empty cell.

    Source: Woolf (1955).
    """
    (a, b), (c, d) = table
    if not (a and b and c and d):
        return NAN, NAN, NAN
    logarithm = math.log(a) + math.log(d) - math.log(b) - math.log(c)
    reach = Z_95 * math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return math.exp(logarithm), math.exp(logarithm - reach), math.exp(logarithm + reach)


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """Wilson's 95% score interval of a proportion, as the macro ``churn_rate`` has it.

    Source: Wilson (1927).
    """
    centre = (hits + Z_95**2 / 2) / (count + Z_95**2)
    reach = Z_95 / (count + Z_95**2) * math.sqrt(hits * (count - hits) / count + Z_95**2 / 4)
    return max(0.0, centre - reach), min(1.0, centre + reach)


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
        p_value_equivalence=_tost(moved_a - moved_b, error, math.inf, margin),
    )


def _pearson(
    counts_a: NDArray[np.int64], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> float:
    """Pearson's chi-square of a table of two rows, given its first row and its margins."""
    share = rows[0] / rows.sum()
    expected = columns * share
    # Both cells of a band deviate by as much: 1 / e + 1 / (n - e) = 1 / (e (1 - share)).
    return float(np.sum((counts_a - expected) ** 2 / (expected * (1 - share)), axis=-1))


def _monte_carlo_p_value(
    statistic: float,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    seed: Sequence[int],
) -> float:
    random = np.random.default_rng(list(seed))
    drawn = random.multivariate_hypergeometric(
        columns, int(rows[0]), size=MONTE_CARLO_TABLES, method="marginals"
    )
    share = rows[0] / rows.sum()
    expected = columns * share
    simulated = ((drawn - expected) ** 2 / (expected * (1 - share))).sum(axis=1)
    # Equal tables may differ in the last bit.
    reached = int((simulated >= statistic * (1 - 1e-9)).sum())
    return (reached + 1) / (MONTE_CARLO_TABLES + 1)


def _noncentral_v(statistic: float, freedom: int, total: int, probability: float) -> float:
    """The V under which the chi-square would stay below the one seen with a probability."""
    if special.chdtr(freedom, statistic) <= probability:
        return 0.0
    noncentrality = float(special.chndtrinc(statistic, freedom, probability))
    return min(1.0, math.sqrt(max(0.0, noncentrality) / total))


def _variance(total_of_squares: int, total: int, count: int) -> Fraction:
    return (Fraction(total_of_squares) - Fraction(total**2, count)) / (count - 1)


def _t_p_value(statistic: float, freedom: float, alternative: Alternative) -> float:
    if alternative == "two_sided":
        return min(1.0, 2 * float(special.stdtr(freedom, -abs(statistic))))
    return float(special.stdtr(freedom, -statistic if alternative == "greater" else statistic))


def _normal_p_value(statistic: float, alternative: Alternative) -> float:
    if alternative == "two_sided":
        return min(1.0, 2 * float(special.ndtr(-abs(statistic))))
    return float(special.ndtr(-statistic if alternative == "greater" else statistic))


def _tost(estimate: float, error: float, freedom: float, margin: float) -> float:
    """The larger p-value of two one-sided tests, which is that of the nearer bound."""
    if math.isnan(margin):
        return NAN
    statistic = (abs(estimate) - margin) / error
    if math.isinf(freedom):
        return float(special.ndtr(statistic))
    return float(special.stdtr(freedom, statistic))
