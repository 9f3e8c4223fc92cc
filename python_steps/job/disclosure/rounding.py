"""Numbers made so coarse that they tell of no few customers.

Counts are rounded to the nearest multiple of a base. Rows that add up to a total are rounded by
their running totals, so that they still do (systematic rounding, as in Cox 1987, doi
10.1080/01621459.1987.10478456, for one dimension). Then the published counts of every attribute are
those of a bank whose customers come in bundles of that many of a kind: nobody can tell it from the
real one, and it has no smaller group.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from python_steps.statistics.proportions import wilson_interval

Row = dict[str, Any]
# A p-value is said to be at most one of these: its digits would give the counts away.
P_VALUES = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0)


def rounded(count: int, base: int) -> int:
    """A count as the nearest multiple of the base, halves upwards."""
    return base * ((count + base // 2) // base)


def rounded_parts(counts: Sequence[int], base: int, before: int = 0) -> list[int]:
    """Counts that add up, rounded by their running totals: each is off by less than the base.

    Args:
        counts: in their order.
        base: what they become multiples of.
        before: what was counted before the first one.
    """
    parts = []
    for count in counts:
        parts.append(rounded(before + count, base) - rounded(before, base))
        before += count
    return parts


def round_parts(
    rows: Iterable[Row],
    base: int,
    before: tuple[int, int] = (0, 0),
    names: tuple[str, str] = ("customers", "churned"),
) -> None:
    """Round the counts of rows that add up, each outcome by its running totals.

    That a row is there says that it has somebody: where both outcomes would be nothing, it gets the
    base of its larger one, from the row that was rounded up most.
    """
    rows = list(rows)
    customers, churned = names
    left = rounded_parts([row[churned] for row in rows], base, before[0])
    stayed = rounded_parts([row[customers] - row[churned] for row in rows], base, before[1])
    for place, row in enumerate(rows):
        if not row[customers] or left[place] or stayed[place]:
            continue
        is_left = 2 * row[churned] > row[customers]
        larger = left if is_left else stayed
        excess = [
            part - (one[churned] if is_left else one[customers] - one[churned])
            if part >= 2 * base
            else -math.inf
            for part, one in zip(larger, rows, strict=True)
        ]
        giver = excess.index(max(excess))
        if larger[giver] >= 2 * base:
            larger[giver] -= base
            larger[place] += base
    for row, left_here, stayed_here in zip(rows, left, stayed, strict=True):
        row[churned], row[customers] = left_here, left_here + stayed_here


def rate_interval(churned: int, customers: int, base: int) -> tuple[float, float]:
    """Wilson's 95% interval of a rate whose counts were rounded: of all that they may have been.

    Args:
        churned: rounded, and off by no more than the base.
        customers: likewise; more than 0.
        base: of the rounding.
    """
    least, most = max(0, churned - base), min(customers, churned + base)
    low = wilson_interval(least, customers)[0] if least else 0.0
    high = wilson_interval(most, customers)[1] if most < customers else 1.0
    return low, high


def at_most(p_value: float) -> float:
    """The smallest of :data:`P_VALUES` that a p-value does not exceed."""
    return next(bound for bound in P_VALUES if p_value <= bound or bound == P_VALUES[-1])


def to_step(value: float, least_step: float) -> float:
    """A number rounded to a step of 1, 2 or 5 times a power of ten that is at least so large."""
    if least_step <= 0:
        return value
    power = math.floor(math.log10(least_step))
    # A step that is itself such a number must not become the next one by a last digit.
    step, digits = next(
        (first * 10.0**power, -power)
        for first in (1, 2, 5, 10)
        if first * 10.0**power >= least_step * (1 - 1e-9)
    )
    return round(round(value / step) * step, max(0, digits))


def significant(value: float, digits: int = 3) -> float:
    """A number with so many significant digits, as the edges of bands have."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))
