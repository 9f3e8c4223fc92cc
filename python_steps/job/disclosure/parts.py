"""Counts of rows that add up."""

from collections.abc import Iterable
from itertools import groupby

from python_steps.job.disclosure.bank import Bank, Row
from python_steps.job.disclosure.figures import set_lift, set_rate
from python_steps.job.disclosure.rounding import rounded_parts


def round_parts(
    rows: Iterable[Row],
    base: int,
    before: tuple[int, int] = (0, 0),
    names: tuple[str, str] = ("customers", "churned"),
) -> None:
    """Round the counts of rows that add up, each outcome by its running totals."""
    rows = list(rows)
    customers, churned = names
    left = rounded_parts([row[churned] for row in rows], base, before[0])
    stayed = rounded_parts([row[customers] - row[churned] for row in rows], base, before[1])
    for row, left_here, stayed_here in zip(rows, left, stayed, strict=True):
        row[churned], row[customers] = left_here, left_here + stayed_here


def round_within(rows: list[Row], bank: Bank, within: str = "") -> list[Row]:
    """Round the counts of a table whose rows add up, for each value of a column or in all."""
    for _, group in groupby(rows, key=lambda row: row[within] if within else ""):
        round_parts(group, bank.base)
    return rows


def with_rates(rows: list[Row], bank: Bank) -> list[Row]:
    """The rows that have customers, with their rates and lifts."""
    kept = [row for row in rows if row["customers"]]
    for row in kept:
        set_rate(row, bank.base)
        set_lift(row, bank)
    return kept
