"""Do two groups have the same mean?"""

import math
from dataclasses import replace

from scipy import special

from python_steps.statistics.outcome import NAN, Z_95, Alternative, Outcome, t_p_value, tost
from python_steps.statistics.samples import Moments


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
        p_value=t_p_value(difference / error, freedom, alternative),
        p_value_kind="asymptotic",
        effect_size=g,
        effect_low=g - Z_95 * g_error,
        effect_high=g + Z_95 * g_error,
        difference_low=difference - reach,
        difference_high=difference + reach,
        p_value_equivalence=tost(difference, error, freedom, margin * pooled),
    )
