"""Do two groups have the same mean?"""

import math
from dataclasses import replace

from scipy import special

from python_steps.statistics.outcome import NAN, Z_95, Alternative, Outcome, t_p_value, tost
from python_steps.statistics.samples import Moments

# Beyond this skewness of a mean, its interval of 95% misses the truth in more than 6% (Cochran's
# rule: as many values as 25 times their squared skewness).
SKEWED = 0.2
# The logarithm of a factor by which no deviation is uncertain.
MOST_GROWTH = 20.0


def welch_t(
    a: Moments, b: Moments, alternative: Alternative = "two_sided", margin: float = NAN
) -> Outcome:
    """Welch's t test that two groups have the same mean, whatever their variances.

    The effect size is Hedges' g with the exact small-sample correction. Its interval supposes
    neither equal variances nor normal values: see :func:`g_interval`. Equivalence takes the margin
    as a multiple of the pooled standard deviation and tests with Welch's error.

    Args:
        a, b: the groups' moments.
        alternative: ``greater`` where a's mean is said to be above b's.
        margin: |g| below which a difference does not matter.

    Returns:
        The outcome; without a p-value where a group has fewer than two values or neither varies.
        ``skewness`` is that of the difference of the means.

    Source: Welch (1947), degrees of freedom after Satterthwaite (1946); Hedges (1981).
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
    low, high = g_interval(a, b, reach)
    third_a, third_b = a.central_moments[0] / a.count**2, b.central_moments[0] / b.count**2
    return replace(
        outcome,
        statistic=difference / error,
        degrees_of_freedom=freedom,
        p_value=t_p_value(difference / error, freedom, alternative),
        p_value_kind="asymptotic",
        effect_size=correction * difference / pooled,
        effect_low=low,
        effect_high=high,
        difference_low=difference - reach,
        difference_high=difference + reach,
        skewness=(third_a - third_b) / error**3,
        p_value_equivalence=tost(difference, error, freedom, margin * pooled),
    )


def g_interval(a: Moments, b: Moments, reach: float) -> tuple[float, float]:
    """The 95% interval of a difference of means in pooled standard deviations.

    A ratio of two estimates, each with an interval of its own: Welch's of the difference, and that
    of the logarithm of the deviation, whose error follows from the fourth moments. The third
    moments say how the two go together, as the largest values move both. The method of variance
    estimates recovery makes one interval of them.

    Args:
        a, b: the groups' moments, of two values at least, of which some differ.
        reach: half of Welch's interval of the difference of means.

    Source: Donner and Zou (2012), equations 9 and 10; the variance of a variance as in Bonett
    (2006), "Approximate confidence interval for standard deviation of nonnormal distributions".
    """
    freedom = a.count + b.count - 2
    of_means, of_pooled, both, pooled = 0.0, 0.0, 0.0, 0.0
    for group, sign in ((a, 1), (b, -1)):
        n, variance = group.count, group.variance
        third, fourth = group.central_moments
        # No fourth moment is smaller; sums of powers of very small numbers may have lost theirs.
        fourth = max(fourth, variance**2)
        weight = (n - 1) / freedom
        pooled += weight * variance
        of_means += variance / n
        of_pooled += weight**2 * (fourth - variance**2 * (n - 3) / (n - 1)) / n
        both += sign * weight * third / n
    deviation = math.sqrt(pooled)
    difference = float(a.total / a.count - b.total / b.count)
    side = -1.0 if difference < 0 else 1.0
    together = side * both / math.sqrt(of_means * of_pooled) if of_means * of_pooled else 0.0
    together = max(-1.0, min(1.0, together))
    growth = math.exp(min(MOST_GROWTH, Z_95 * math.sqrt(of_pooled) / (2 * pooled)))
    above, below = deviation * (growth - 1), deviation * (1 - 1 / growth)
    size = abs(difference)
    product = size**2 - reach**2

    def middle(other: float) -> float:
        return size * deviation - together * reach * other

    def root(other: float) -> float:
        squared = middle(other) ** 2 - (deviation**2 - other**2) * product
        return math.sqrt(max(0.0, squared))

    # Roots of a quadratic equation, in the form that does not divide by nothing. Towards zero a
    # larger deviation counts, away from it a smaller one.
    near = above if product > 0 else below
    low = product / (middle(near) + root(near)) if product else 0.0
    high = (middle(below) + root(below)) / (deviation**2 - below**2)
    return (low, high) if side > 0 else (-high, -low)
