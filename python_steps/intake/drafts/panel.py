"""Tables with several rows of a customer, as one for each month."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from python_steps.common.sql import quoted_name, quoted_text
from python_steps.intake.drafts.attributes import is_id_name
from python_steps.intake.drafts.draft import Draft
from python_steps.intake.drafts.forms import date_sql
from python_steps.intake.drafts.key import NEARLY_ALL
from python_steps.intake.drafts.outcome import Outcome, left_sql
from python_steps.intake.drafts.profile import Column, value_sql
from python_steps.intake.drafts.words import TIME_NAME, known_name, plain
from python_steps.intake.mapping import LATEST, LATEST_OF_EACH

# So many months or days a customer may have rows of, and so many rows on the average.
_MAX_TIMES = 400
_MANY_ROWS = 1.2
_YEAR_NAME = re.compile(r"(^|_)(year|jahr|год)($|_)")


@dataclass(frozen=True)
class Panel:
    """A table with several rows of a customer.

    Attributes:
        identity: who it is.
        times: what tells the rows of one apart: a month or a day, or a year and a month.
    """

    identity: Column
    times: Sequence[Column]


def find_panel(engine: duckdb.DuckDBPyConnection, columns: Sequence[Column]) -> Panel | None:
    """An id and times that together tell (nearly) all rows apart; None where rows are customers.

    Args:
        engine: a connection that has the table ``loaded``.
        columns: of the table.
    """
    ids = [
        column
        for column in columns
        if is_id_name(column.name)
        and not (column.is_number and not column.is_whole)
        and column.distinct * _MANY_ROWS <= column.filled == column.rows
    ]
    times = [
        column
        for column in columns
        if 1 < column.distinct <= _MAX_TIMES
        and column.filled == column.rows
        and (column.date_format is not None or TIME_NAME.search(plain(column.name)))
    ]
    years = [column for column in times if _YEAR_NAME.search(plain(column.name))]
    for identity in sorted(ids, key=lambda column: known_name(column.name) != "user_id"):
        # A month alone tells the rows of a year apart, and not which year is the later one.
        tried = [[year, time] for year in years for time in times if time is not year]
        for together in [*tried, *([time] for time in times)]:
            names = [identity.name, *(time.name for time in together)]
            if identity in together or any(time.distinct > identity.distinct for time in together):
                continue
            ((different,),) = engine.execute(
                f"select count(distinct ({', '.join(map(quoted_name, names))})) from loaded"
            ).fetchall()
            if different >= NEARLY_ALL * identity.rows:
                return Panel(identity, together)
    return None


def moving_with(
    engine: duckdb.DuckDBPyConnection, panel: Panel, columns: Sequence[Column]
) -> list[str]:
    """Columns that have one value at each time and others at others: they say when a row is, too.

    Who left has no later row, so that such a column tells who left where the last row of each
    customer is taken.

    Args:
        engine: a connection that has the table ``loaded``.
        panel: what tells the rows apart.
        columns: of the table.
    """
    names = {time.name for time in panel.times} | {panel.identity.name}
    others = [one for one in columns if one.name not in names and 1 < one.distinct <= _MAX_TIMES]
    if not others:
        return []
    times = ", ".join(value_sql(time.name) for time in panel.times)
    counted = ", ".join(
        f"count(distinct {value_sql(one.name)}) as n_{number}" for number, one in enumerate(others)
    )
    most = ", ".join(f"max(n_{number})" for number in range(len(others)))
    (found,) = engine.execute(
        f"select {most} from (select {counted} from loaded group by {times})"
    ).fetchall()
    return [one.name for one, values in zip(others, found, strict=True) if values <= 1]


def choose_rows(
    engine: duckdb.DuckDBPyConnection, panel: Panel, outcome: Outcome | None, draft: Draft
) -> None:
    """Of several rows of a customer, keep the last: of all, or of each where customers drop out.

    Args:
        engine: a connection that has the table ``loaded``, from which the other rows are deleted.
        panel: what tells the rows apart.
        outcome: who left, where that is known.
        draft: told which rows are meant.
    """
    identity = value_sql(panel.identity.name)
    orders = [_order_sql(time) for time in panel.times]
    order = orders[0] if len(orders) == 1 else f"({', '.join(orders)})"
    names = " and ".join(time.name for time in panel.times)
    values = ", ".join(value_sql(time.name) for time in panel.times)
    (latest,) = engine.execute(
        f"select {values} from loaded order by {order} desc nulls last, churn_row desc limit 1"
    ).fetchall()
    meant = " and ".join(
        f"{value_sql(time.name)} is not distinct from {quoted_text(value)}"
        for time, value in zip(panel.times, latest, strict=True)
    )
    left = left_sql(outcome) if outcome is not None else "false"
    ((absent, gone),) = engine.execute(
        f"""
        with last_rows as (
            select bool_or({meant}) as is_there, arg_max({left}, {order}) as has_left
            from loaded group by {identity}
        )
        select count(*) filter (where not is_there),
            count(*) filter (where not is_there and has_left) from last_rows
        """
    ).fetchall()
    if draft.is_sampled:
        # A sample lacks rows of everybody.
        absent = gone = 0
    draft.identity = panel.identity.name
    # What the build finds by itself needs no change next month.
    is_found = all(time.is_number or time.date_format in ("", "%Y-%m") for time in panel.times)
    of_each = is_found and len(panel.times) == 1 and 2 * gone > absent > 0
    word = LATEST_OF_EACH if of_each else LATEST
    draft.rows_of = {
        time.name: word if is_found or _is_year_first(time) else value
        for time, value in zip(panel.times, latest, strict=True)
    }
    if len(panel.times) == 1 and panel.times[0].date_format in ("", "%Y-%m"):
        draft.as_of = panel.times[0].name
    said = (
        f"{panel.identity.name} has a row for each {names}: which is meant? "
        + ("The last of each customer" if of_each else f"The latest, {' and '.join(latest)},")
        + " is taken, and the other rows are left out (rows)."
    )
    if absent:
        said += (
            f" {absent} customers have no row of {' and '.join(latest)}; {gone} of them had left "
            f"by their last row. rows: {{{panel.times[0].name}: {LATEST_OF_EACH}}} takes the last "
            f"row of each customer, {LATEST} that {panel.times[0].name} alone."
        )
    draft.unsure.append(said)
    kept = f"select churn_row from loaded where {meant}"
    if of_each:
        last = f"coalesce(arg_max(churn_row, {order}), max(churn_row))"
        kept = f"select {last} from loaded group by {identity}"
    engine.execute(f"delete from loaded where churn_row not in ({kept})")
    ((draft.rows,),) = engine.execute("select count(*) from loaded").fetchall()


def _order_sql(time: Column) -> str:
    """What puts the rows of a customer in order: dates, numbers, else as the file has them."""
    value = value_sql(time.name)
    if time.date_format is not None:
        return date_sql(value, time.date_format)
    if time.is_number:
        return f"try_cast({value} as double)"
    return value if _is_year_first(time) else "churn_row"


def _is_year_first(time: Column) -> bool:
    lengths = {len(value) for value in time.values}
    return len(lengths) == 1 and all(re.match(r"(19|20)\d\d\D", value) for value in time.values)
