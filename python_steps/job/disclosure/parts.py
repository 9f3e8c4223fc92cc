"""Counts of rows that add up."""

from itertools import groupby

from python_steps.job.disclosure.bank import Bank, Row
from python_steps.job.disclosure.figures import set_lift, set_rate
from python_steps.job.disclosure.rounding import round_parts


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
