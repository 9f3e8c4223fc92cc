"""What the rules of disclosure must know beside the rows that they protect."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from python_steps.job.disclosure.rounding import Row, round_parts, rounded

__all__ = ["Bank", "Row"]


@dataclass(frozen=True)
class Bank:
    """What the rules must know beside the rows that they protect.

    Attributes:
        base: the minimum, of which counts become multiples.
        read: the exact rows of a mart, in their order.
        ask: the rows of a query over the tables ``customers`` and ``customer_segments``.
    """

    base: int
    read: Callable[[str], Sequence[Mapping[str, Any]]]
    ask: Callable[[str], Sequence[tuple[Any, ...]]]

    @cached_property
    def overview(self) -> Mapping[str, Any]:
        """The row of ``churn_overview``, exact."""
        return self.read("churn_overview")[0]

    def counts(self, churned: int, customers: int) -> tuple[int, int]:
        """Rounded counts: of churned, and of customers as the sum of both outcomes."""
        left = rounded(churned, self.base)
        return left, left + rounded(customers - churned, self.base)

    @cached_property
    def all(self) -> tuple[int, int]:
        """Rounded, as :meth:`counts`."""
        return self.counts(self.overview["churned"], self.overview["customers"])

    @cached_property
    def bands(self) -> Mapping[str, Mapping[str, tuple[int, int]]]:
        """Published counts of left and stayed, by attribute and band."""
        rows = [dict(row) for row in self.read("churn_rates")]
        found: dict[str, dict[str, tuple[int, int]]] = {}
        for attribute, group in groupby(rows, key=lambda row: row["attribute"]):
            of = list(group)
            round_parts(of, self.base)
            found[attribute] = {
                row["band"]: (row["churned"], row["customers"] - row["churned"]) for row in of
            }
        return found
