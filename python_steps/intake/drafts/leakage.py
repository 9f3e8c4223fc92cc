"""Columns that tell the outcome: made when a customer left, or from it."""

import re
from collections.abc import Mapping

import duckdb

from python_steps.common.sql import quoted_text
from python_steps.intake.drafts.forms import bare_number_sql
from python_steps.intake.drafts.profile import Column, value_sql
from python_steps.intake.drafts.words import plain

# An attribute alone that ranks those who left above the others this surely is no cause of it.
AREA = 0.98
# One of a name that says so needs less.
_NAMED_AREA = 0.85
_NAME = re.compile(
    r"(churn|attrit|exit|cancel|leav|clos|terminat|отток|уход).*(reason|score|categor|date|prob|"
    r"type|month|value|risk|причин)|reason|complain|predict|naive_bayes|жалоб|причина"
)
# Most of those who left have it, and of those who have it nearly all left.
_SHARE, _RATE = 0.9, 0.97
_MIN_CHURNED = 10
_ROWS_OF_A_VALUE = 10


def tells_outcome(
    engine: duckdb.DuckDBPyConnection,
    column: Column,
    left: str,
    csv: Mapping[str, str] | None = None,
) -> str:
    """How a column of the table ``loaded`` tells who left; empty where it does not.

    Args:
        engine: a connection that has the table.
        column: what the column holds.
        left: SQL for whether a customer left.
        csv: how numbers are written, as in a mapping.
    """
    value = value_sql(column.name)
    # Of a few rows for each value the rates of values say nothing.
    is_sparse = column.distinct * _ROWS_OF_A_VALUE > column.filled
    is_measured = column.is_number and (column.distinct > 50 or is_sparse)
    if is_measured:
        number = bare_number_sql(value, column.units)
        number = f"replace({number}, {quoted_text((csv or {}).get('thousands', ' '))}, '')"
        if (csv or {}).get("decimal") == ",":
            number = f"replace({number}, ',', '.')"
        told = _told(engine, column, left, f"try_cast({number} as double)", "value")
    elif column.date_format is None and column.distinct <= 50 and not is_sparse:
        told = _told(engine, column, left, f"coalesce({value}, '')", "rate")
    else:
        told = ""
    if told or column.filled == column.rows:
        return told
    # Of dates and many texts only that there is one can be known before somebody leaves.
    return _told(engine, column, left, f"{value} is not null", "rate")


def _told(
    engine: duckdb.DuckDBPyConnection, column: Column, left: str, key: str, order: str
) -> str:
    ((churned, stayed, area, share, rate),) = engine.execute(
        f"""
        with groups as (
            select {key} as value, count(*) filter (where {left}) as churned,
                count(*) filter (where not {left}) as stayed
            from loaded group by 1
        ),
        rated as (
            select *, churned / nullif(churned + stayed, 0) as rate from groups
            where value is not null
        ),
        placed as (
            select *, coalesce(sum(stayed) over (
                order by {order}, value rows between unbounded preceding and 1 preceding
            ), 0) as before
            from rated
        ),
        totals as (select sum(churned) as churned, sum(stayed) as stayed from rated)
        select coalesce(any_value(totals.churned), 0), coalesce(any_value(totals.stayed), 0),
            sum(placed.churned * (before + placed.stayed / 2))
                / nullif(any_value(totals.churned) * any_value(totals.stayed), 0),
            max(placed.churned / nullif(totals.churned, 0)) filter (where rate >= {_RATE}),
            max(rate) filter (where placed.churned >= {_SHARE} * totals.churned)
        from placed cross join totals
        """
    ).fetchall()
    if churned < _MIN_CHURNED or stayed < _MIN_CHURNED or area is None:
        return ""
    area = max(area, 1 - area)
    is_named = bool(_NAME.search(plain(column.name)))
    if share is not None and share >= _SHARE:
        return f"it tells who left: of one value {rate or 1:.0%} left, nearly all of them"
    if area >= AREA or (is_named and area >= _NAMED_AREA):
        return f"it tells who left (area under the curve {area:.2f})"
    return ""
