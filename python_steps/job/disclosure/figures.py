"""Figures of a row made as coarse as the counts behind them; null stays null."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from python_steps.job.disclosure.bank import Bank, Row
from python_steps.job.disclosure.rounding import at_most, rate_interval, significant, to_step

# More of a sum than this must not be one customer's.
DOMINANT_SHARE = 0.5


def set_rate(row: Row, base: int) -> None:
    """Set the churn rate and its interval from the rounded counts of the row."""
    row["churn_rate"] = share(row["churned"], row["customers"])
    row["churn_rate_low"], row["churn_rate_high"] = (
        rate_interval(row["churned"], row["customers"], base) if row["customers"] else (None, None)
    )


def set_lift(row: Row, bank: Bank) -> None:
    """Set the lift from the rounded counts of the row and of all customers."""
    left, customers = bank.all
    row["lift"] = row["churn_rate"] / (left / customers) if left else None


def support_of(churned: int, customers: int, bank: Bank) -> int:
    """The smallest count of a comparison of a group with all others, by outcome."""
    left, everybody = bank.all
    stayed = customers - churned
    return min(churned, stayed, left - churned, everybody - left - stayed)


def bound_p_values(row: Row, columns: Iterable[str], support: int, base: int) -> None:
    """Say of p-values what they are at most."""
    for column in columns:
        value = row[column]
        row[column] = None if value is None or support < 2 * base else at_most(value)


def coarsen_effects(row: Row, columns: Iterable[str], support: int, base: int) -> None:
    """Figures without a unit: to hundredths at best, coarser for few customers."""
    for column in columns:
        row[column] = (
            None
            if row[column] is None or support < 2 * base
            else to_step(row[column], max(0.01, base / support))
        )


def coarsen_ratios(row: Row, columns: Iterable[str], support: int, base: int) -> None:
    """Ratios: as exact, in relation to their size, as the smallest count."""
    for column in columns:
        value = row[column]
        row[column] = (
            None
            if value is None or support < 2 * base
            else to_step(value, max(0.001, base / support) * abs(value))
        )


def coarse_mean(mean: float | None, deviation: float | None, count: int, base: int) -> float | None:
    """A mean rounded to its standard error."""
    if deviation is None or count < 2 * base:
        return None
    return to_error(mean, deviation / math.sqrt(count), base, count)


def to_error(value: float | None, error: float, base: int, count: int) -> float | None:
    """A mean rounded to an error, and so that a share tells no fewer customers than the base."""
    return None if value is None else to_step(value, max(error, base / max(count, 1)))


def three_digits(value: float | None, digits: int = 3) -> float | None:
    """A number with so many significant digits."""
    return None if value is None else significant(value, digits)


def share(part: int, whole: int) -> float | None:
    """A part of a whole; None of nothing."""
    return part / whole if whole else None


def minus(one: float | None, other: float | None) -> float | None:
    """The difference; None where one is."""
    return None if one is None or other is None else one - other


def has_dominant_value(profile: Mapping[str, Any]) -> bool:
    """Whether one value makes up most of the sum of squares of a row of ``attribute_profiles``."""
    if profile["standard_deviation"] is None:
        return False
    mean, squares = profile["mean"], profile["standard_deviation"] ** 2 * profile["present"]
    farthest = max(abs(profile["maximum"] - mean), abs(profile["minimum"] - mean))
    return bool(farthest**2 > DOMINANT_SHARE * squares)
