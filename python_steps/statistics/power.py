"""What a test could have seen: the smallest effect that it finds in four of five cases."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from scipy import special
from scipy.optimize import brentq

from python_steps.statistics.outcome import NAN

POWER = 0.8


def minimum_detectable_effect(row: Mapping[str, Any], alpha: float) -> float:
    """The effect that a test of these sizes finds with 80% power.

    Args:
        row: a test's row: ``method``, ``alternative``, ``n_a``, ``n_b``, ``p_value``,
            ``degrees_of_freedom`` and ``estimate_b``, the base rate of proportions.
        alpha: the level of the single test.

    Returns:
        The effect in the unit of the test's ``effect_size``; NaN where there was no test, or where
        no effect is large enough.

    Source: the noncentral t and chi-square distributions (Cohen 1988) for ``welch_t``, as if the
    variances were equal, and ``chi_square``; Noether (1987) for ``mann_whitney_u``; the normal
    approximation of Fleiss (1981) for proportions, towards the side with more room; for
    ``kolmogorov_smirnov`` an upper bound, from the normal distribution of the gap at one point.
    """
    if math.isnan(row["p_value"]):
        return NAN
    method, n_a, n_b = row["method"], row["n_a"], row["n_b"]
    tails = 2 if row["alternative"] == "two_sided" else 1
    if method == "welch_t":
        return _means(n_a, n_b, alpha, tails)
    if method == "mann_whitney_u":
        deviation = math.sqrt((n_a + n_b + 1) / (3 * n_a * n_b))
        return _possible((_upper(alpha / tails) + _upper(1 - POWER)) * deviation)
    if method == "kolmogorov_smirnov":
        unit = math.sqrt(1 / n_a + 1 / n_b)
        critical = math.sqrt(math.log(2 / alpha) / 2) * unit
        return _possible(critical + _upper(1 - POWER) * unit / 2)
    if method == "chi_square":
        return _spread(n_a + n_b, row["degrees_of_freedom"], alpha)
    return _proportions(n_a, n_b, row["estimate_b"], alpha, tails, row["alternative"])


def _means(n_a: int, n_b: int, alpha: float, tails: int) -> float:
    freedom = n_a + n_b - 2
    scale = math.sqrt(n_a * n_b / (n_a + n_b))
    critical = float(special.stdtrit(freedom, 1 - alpha / tails))

    def power(effect: float) -> float:
        # The far tail of a two-sided test adds nothing at this power.
        return 1 - float(special.nctdtr(freedom, effect * scale, critical))

    return _solve(power, 2 * (critical + 10) / scale)


def _spread(total: int, freedom: float, alpha: float) -> float:
    critical = float(special.chdtri(freedom, alpha))

    def power(effect: float) -> float:
        return 1 - float(special.chndtr(critical, freedom, total * effect**2))

    return _possible(_solve(power, 1.0)) if power(1.0) >= POWER else NAN


def _proportions(
    n_a: int, n_b: int, base: float, alpha: float, tails: int, alternative: str
) -> float:
    critical = _upper(alpha / tails)
    rises = alternative == "greater" or (alternative == "two_sided" and base <= 0.5)
    room = 1 - base if rises else base

    def power(effect: float) -> float:
        rate = base + effect if rises else base - effect
        pooled = (n_a * rate + n_b * base) / (n_a + n_b)
        null_error = math.sqrt(max(0.0, pooled * (1 - pooled)) * (1 / n_a + 1 / n_b))
        error = math.sqrt(max(1e-300, rate * (1 - rate) / n_a + base * (1 - base) / n_b))
        return float(special.ndtr((effect - critical * null_error) / error))

    return _solve(power, room) if room > 0 and power(room) >= POWER else NAN


def _solve(power: Callable[[float], float], largest: float) -> float:
    return float(brentq(lambda effect: power(effect) - POWER, 0.0, largest, xtol=1e-12))


def _possible(effect: float) -> float:
    """These effects are at most 1."""
    return effect if effect <= 1 else NAN


def _upper(tail: float) -> float:
    return float(-special.ndtri(tail))
