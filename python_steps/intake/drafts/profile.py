"""What the columns of a table hold: the whole table, in one pass of the engine per column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from python_steps.common.sql import quoted_name, quoted_text
from python_steps.intake.drafts.forms import (
    DATE_FORMATS,
    EPOCH,
    FAR,
    FORMS,
    NUMBER_FORMS,
    POINT,
    SIGNS,
    bare_number_sql,
    date_sql,
    units_of,
)
from python_steps.intake.drafts.words import MOMENT_NAME, plain

# A table of more rows is looked at by so many of them, spread over it.
MAX_ROWS = 2_000_000
# Words by which tables say that there is no value.
MISSING_WORDS = (
    "?", "-", "--", "—", "n/a", "na", "#n/a", "nan", "null", "none", "(null)", "\\n", "unknown",
    "nat", "not available", "неизвестно", "не указано", "не указан", "нет данных", "н/д",
)  # fmt: skip
# So many of the most frequent values are looked at.
MAX_VALUES = 200


@dataclass(frozen=True)
class Column:
    """What a column holds; words that mean missing are no values.

    Attributes:
        name: in the source.
        rows: of the table.
        filled, distinct: how many values there are, and how many different ones.
        forms: how many values are numbers of a form, and ``whole`` ones of them.
        signs: signs that stand around the numbers.
        units: words that do, the longest first.
        date_format: as strptime takes it, empty for year-month-day; None where they are no dates.
        other_format: another one that as many fit, as day and month may change places.
        dates, far_dates: how many values are dates of a form, and how many of a year that stands
            for none.
        last_date: the latest that is not far ahead, as year-month-day.
        smallest, largest: of the numbers.
        longest: the most letters that a value has.
        values: the most frequent ones with their numbers of rows, the most frequent first.
        missing_words: words of the column that mean missing.
        fingerprint: the same for columns that agree in every row.
    """

    name: str
    rows: int
    filled: int
    distinct: int
    forms: Mapping[str, int] = field(default_factory=dict)
    signs: str = ""
    units: Sequence[str] = ()
    date_format: str | None = None
    other_format: str = ""
    dates: int = 0
    far_dates: int = 0
    last_date: str = ""
    smallest: float | None = None
    largest: float | None = None
    longest: int = 0
    values: Mapping[str, int] = field(default_factory=dict)
    missing_words: Sequence[str] = ()
    fingerprint: str = ""

    @property
    def numbers(self) -> int:
        """How many values are numbers of whatever form."""
        return sum(self.forms.get(form, 0) for form in NUMBER_FORMS)

    @property
    def is_number(self) -> bool:
        """Nearly all values are numbers."""
        return self.filled > 0 and self.numbers >= 0.95 * self.filled

    @property
    def is_whole(self) -> bool:
        """All numbers are whole."""
        return self.forms.get("whole", 0) == self.numbers

    @property
    def is_unique(self) -> bool:
        """Every row has a value, and each another one."""
        return self.rows > 0 and self.distinct == self.filled == self.rows


def value_sql(name: str) -> str:
    """A column's value as trimmed text, null where it means missing."""
    text = f"nullif(trim(cast({quoted_name(name)} as varchar)), '')"
    words = ", ".join(map(quoted_text, MISSING_WORDS))
    return f"(case when lower({text}) not in ({words}) then {text} end)"


def profile(engine: duckdb.DuckDBPyConnection, table: str) -> list[Column]:
    """Look at every column of a table.

    Args:
        engine: a connection that has the table.
        table: its name, with a column ``churn_row`` that numbers its rows.
    """
    names = [
        name for name, *_ in engine.execute(f"describe {table}").fetchall() if name != "churn_row"
    ]
    found = []
    for name in names:
        column = _profile(engine, table, name)
        if not column.is_number and (units := units_of(column.values)):
            with_units = _profile(engine, table, name, units)
            column = with_units if with_units.is_number else column
        found.append(column)
    return found


def _profile(
    engine: duckdb.DuckDBPyConnection, table: str, name: str, units: Sequence[str] = ()
) -> Column:
    value, column = value_sql(name), quoted_name(name)
    bare = bare_number_sql("value", units)
    point = f"regexp_full_match(number, {quoted_text(POINT)})"
    forms = {
        form: f"regexp_full_match(number, {quoted_text(pattern)})"
        for form, pattern in FORMS.items()
    }
    # What is parsed is what looks like it: that is much cheaper to tell.
    formats = [one for one in DATE_FORMATS if one != EPOCH or MOMENT_NAME.search(plain(name))]
    dates = [
        f"case when regexp_full_match(value, {quoted_text(pattern)}) "
        f"then {date_sql('value', written)} is not null end"
        for written, pattern in DATE_FORMATS.items()
        if written in formats
    ]
    far = f"regexp_matches(value, {quoted_text(FAR)}) and regexp_matches(value, '[-./]')"
    # Each different value is looked at once.
    engine.execute(
        f"create or replace temp table different as select {value} as value, "
        f"count(*) as times from {table} group by 1"
    )
    ((rows, filled, distinct, smallest, largest, longest, far_dates, *counts),) = engine.execute(
        f"""
        with numbers as (
            select *, case when value <> '' then {bare} end as number from different
        )
        select
            {_times("true")}, {_times("value is not null")},
            count(value), min(case when {point} then try_cast(number as double) end),
            max(case when {point} then try_cast(number as double) end),
            coalesce(max(length(value)), 0),
            {", ".join(map(_times, [far, *forms.values(), *dates]))}
        from numbers
        """
    ).fetchall()
    ((fingerprint,),) = engine.execute(
        f"select cast(sum(hash(churn_row, {value})) as varchar) from {table}"
    ).fetchall()
    values = dict(
        engine.execute(
            "select value, times from different where value is not null "
            f"order by times desc, value limit {MAX_VALUES}"
        ).fetchall()
    )
    words = engine.execute(
        f"select distinct trim(cast({column} as varchar)) as one from {table} "
        f"where {value} is null and trim(cast({column} as varchar)) <> '' order by one"
    ).fetchall()
    found = dict(zip(forms, counts, strict=False))
    date_counts = dict(zip(formats, counts[len(forms) :], strict=True))
    written = max(date_counts, key=lambda one: date_counts[one])
    likewise = [one for one in date_counts if one != written]
    other = next((one for one in likewise if date_counts[one] == date_counts[written]), "")
    is_date = filled > 0 and date_counts[written] + (far_dates if written else 0) >= 0.95 * filled
    last = ""
    if is_date:
        ((last,),) = engine.execute(
            f"select strftime(max(day), '%Y-%m-%d') from (select "
            f"cast({date_sql('value', written)} as date) as day from different) "
            "where year(day) between 1901 and 2098"
        ).fetchall()
    used = "".join(sign for sign in SIGNS if any(sign in one for one in values))
    return Column(
        name=name,
        rows=rows,
        filled=filled,
        distinct=distinct,
        forms=found,
        signs=used,
        units=units,
        date_format=written if is_date else None,
        other_format=other if is_date else "",
        dates=date_counts[written] if date_counts[written] else 0,
        far_dates=far_dates,
        last_date=last or "",
        smallest=smallest,
        largest=largest,
        longest=longest,
        values=values,
        missing_words=[word for (word,) in words],
        fingerprint=fingerprint or "",
    )


def _times(condition: str) -> str:
    """How many rows have a value of some kind."""
    return f"cast(coalesce(sum(times) filter (where {condition}), 0) as bigint)"
