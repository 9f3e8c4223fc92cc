"""From a source to a draft of its mapping."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir

import duckdb

from python_steps.common.errors import ChurnError, nearest
from python_steps.common.scratch import scratch
from python_steps.intake.drafts.attributes import describe
from python_steps.intake.drafts.draft import Draft
from python_steps.intake.drafts.key import choose_key
from python_steps.intake.drafts.leakage import tells_outcome
from python_steps.intake.drafts.number_signs import choose_number_signs
from python_steps.intake.drafts.outcome import Outcome, find_outcome, left_sql
from python_steps.intake.drafts.panel import choose_rows, find_panel, moving_with
from python_steps.intake.drafts.profile import Column, profile
from python_steps.intake.drafts.table import load
from python_steps.intake.drafts.words import plain
from python_steps.intake.source import Source, likely_encoding_of

_INDEX_NAME = re.compile(r"^(|index|unnamed_\d+|column_?\d+|row_?(number|id|num|no)?|n|№)$")


def draft_mapping(source: str, encoding: str = "", outcome: str = "") -> Draft:
    """Look at the columns of a source and draft a mapping.

    Args:
        source: as in ``churn build``.
        encoding: of a CSV; found out where it is not said.
        outcome: the column that says who left; found out where it is not said.

    Raises:
        ChurnError: the source cannot be read.
    """
    draft = Draft()
    place = source.partition("::")[0]
    if not encoding and Path(place).is_file():
        encoding = likely_encoding_of(place)
        if encoding:
            draft.csv["encoding"] = encoding
    looked_at = Source.of(source, encoding)
    with scratch(Path(gettempdir()), "churn_mapping_") as folder:
        try:
            with looked_at.readable(folder) as readable, duckdb.connect() as engine:
                load(engine, looked_at, readable, draft, folder)
                columns = profile(engine, "loaded")
                draft.last_date = _last_date(columns)
                if (panel := find_panel(engine, columns)) is not None:
                    times = [time.name for time in panel.times]
                    times += moving_with(engine, panel, columns)
                    choose_rows(engine, panel, find_outcome(columns, outcome), draft)
                    columns = [one for one in profile(engine, "loaded") if one.name not in times]
                    for name in times:
                        draft.leave_out(name, "it says of when a row is", keep_out=False)
                _draft(engine, columns, draft, outcome)
        except duckdb.Error as error:
            raise ChurnError(f"{source} cannot be read: {error}") from error
    return draft


def _last_date(columns: Sequence[Column]) -> str:
    """The last date that is not ahead of today, as contracts end in years to come."""
    dates = [column.last_date for column in columns if column.last_date]
    today = datetime.now(UTC).date().isoformat()
    return max((one for one in dates if one <= today), default=max(dates, default=""))


def _draft(
    engine: duckdb.DuckDBPyConnection, columns: Sequence[Column], draft: Draft, wanted: str
) -> None:
    outcome = find_outcome(columns, wanted)
    others = list(columns)
    if outcome is None and wanted:
        raise ChurnError(
            f"The source has no column {wanted}{nearest(wanted, [one.name for one in columns])}."
        )
    if outcome is None:
        two = [column.name for column in columns if column.distinct == 2]
        draft.unsure.append(
            "no column says who left. Draft again and name it with --outcome"
            + (f", perhaps {' or '.join(two[:5])}." if two else " NAME.")
        )
    else:
        others = [column for column in columns if column.name != outcome.column]
        draft.columns["has_churned"] = outcome.column
        draft.when_set = outcome.when_set
        if outcome.values:
            draft.values["has_churned"] = dict(outcome.values)
        draft.unsure += outcome.questions
        for name in outcome.others:
            draft.leave_out(name, "it says who left, too")
        others = [column for column in others if column.name not in outcome.others]
    others = without_empty(others, draft)
    others = choose_key(engine, columns, others, draft)
    choose_number_signs(others, draft)
    if outcome is not None:
        draft.churned, draft.known = _count_churned(engine, outcome)
        others = _without_leaks(engine, outcome, others, draft)
    for column in others:
        describe(column, draft)
    if not draft.as_of and any("days_before" in one for one in draft.attributes):
        # The day from which attributes count.
        draft.as_of = draft.last_date


def without_empty(columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Columns that say something, and say it first."""
    kept: list[Column] = []
    seen: dict[str, str] = {}
    for column in columns:
        twin = seen.get(column.fingerprint)
        if column.filled == 0:
            draft.leave_out(column.name, "it has no value", keep_out=False)
        elif column.distinct == 1 and column.filled == column.rows:
            if column.date_format == "":
                draft.as_of = column.name
            draft.leave_out(column.name, "it has the same value everywhere", keep_out=False)
        elif twin is not None and column.distinct > 1:
            draft.leave_out(column.name, f"it agrees with {twin} in every row")
        elif _INDEX_NAME.search(plain(column.name)) and _is_index(column):
            draft.leave_out(column.name, "it numbers the rows")
        else:
            seen[column.fingerprint] = column.name
            kept.append(column)
    return kept


def _is_index(column: Column) -> bool:
    return column.is_unique and column.is_whole and column.smallest is not None


def _count_churned(engine: duckdb.DuckDBPyConnection, outcome: Outcome) -> tuple[int, int]:
    """How many left, and of how many it is known."""
    left = left_sql(outcome)
    ((churned, known),) = engine.execute(
        f"select count(*) filter (where {left}), count({left}) from loaded"
    ).fetchall()
    return int(churned), int(known)


def _without_leaks(
    engine: duckdb.DuckDBPyConnection, outcome: Outcome, columns: Sequence[Column], draft: Draft
) -> list[Column]:
    kept = []
    # Once for all columns, as it compares with many words.
    engine.execute("alter table loaded add column churn_left boolean")
    engine.execute(f"update loaded set churn_left = {left_sql(outcome)}")
    for column in columns:
        told = tells_outcome(engine, column, "churn_left", draft.csv)
        if told:
            draft.leave_out(column.name, told)
        else:
            kept.append(column)
    return kept
