"""The tables that are published."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mart:
    """A table to publish.

    Attributes:
        name: of a table or view of the warehouse's main schema.
        is_about_customers: it has a row per customer, or per row of the source.
        counts: columns that count customers, by which small cells are told.
        within: the column whose values have totals elsewhere, so that one small cell alone could
            be computed from the others; empty for the table as a whole, None where there are no
            such totals.
        view: the query over other published tables that it is, where it is published as a view;
            else empty.
    """

    name: str
    is_about_customers: bool = False
    counts: tuple[str, ...] = ()
    within: str | None = None
    view: str = ""
