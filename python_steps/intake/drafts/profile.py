"""What the columns of a table hold: the whole table, in one pass of the engine per column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from python_steps.common.sql import quoted_name, quoted_text

# A table of more rows is looked at by so many of them, spread over it.
MAX_ROWS = 2_000_000
# Words by which tables say that there is no value.
MISSING_WORDS = (
    "?", "-", "--", "—", "n/a", "na", "#n/a", "nan", "null", "none", "(null)", "\\n", "unknown",
    "nat", "not available", "неизвестно", "не указано", "не указан", "нет данных", "н/д",
)  # fmt: skip
# Signs around numbers.
SIGNS = "$€£¥₽₴₸₹%"
# So many of the most frequent values are looked at.
MAX_VALUES = 200

_WHOLE = r"[+-]?[0-9]+([.]0+)?"
_POINT = r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?"
_GROUPED = r"[+-]?[0-9]{1,3}([ \x{00A0}\x{202F}][0-9]{3})+([.,][0-9]+)?"
_FORMS = {
    "point": _POINT,
    "comma": r"[+-]?[0-9]+,[0-9]+",
    "grouped": _GROUPED,
    "comma_thousands": r"[+-]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?",
    "point_thousands": r"[+-]?[0-9]{1,3}([.][0-9]{3})+,[0-9]+",
    "apostrophes": r"[+-]?[0-9]{1,3}('[0-9]{3})+([.][0-9]+)?",
}
# Commas that can only be of decimals.
_DECIMAL_COMMA = r"[+-]?(0,[0-9]+|[0-9]+,([0-9]{1,2}|[0-9]{4,}))"
# How dates are written, as strptime takes it.
DATE_FORMATS = {
    "": r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.]+Z?)?",
    "%d.%m.%Y": r"[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}",
    "%d/%m/%Y": r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}",
    "%m/%d/%Y": r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}",
    "%d-%m-%Y": r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}",
    "%Y/%m/%d": r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}",
    "%m/%d/%y": r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{2}",
    "%d/%m/%Y %H:%M": r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{2}",
    "%d.%m.%Y %H:%M": r"[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4} [0-9]{1,2}:[0-9]{2}",
}
# Years that stand for no date.
FAR = r"(^|[^0-9])(0000|0001|1900|2999|9999)([^0-9]|$)"


@dataclass(frozen=True)
class Column:
    """What a column holds; words that mean missing are no values.

    Attributes:
        name: in the source.
        rows: of the table.
        filled, distinct: how many values there are, and how many different ones.
        forms: how many values are numbers of a form, and ``whole`` ones of them.
        signs: signs that stand around the numbers.
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
        return sum(self.forms.get(form, 0) for form in _FORMS)

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
    return [_profile(engine, table, name) for name in names]


def _profile(engine: duckdb.DuckDBPyConnection, table: str, name: str) -> Column:
    value, column = value_sql(name), quoted_name(name)
    bare = f"trim(translate(value, {quoted_text(SIGNS)}, ''))"
    point = f"regexp_full_match(number, {quoted_text(_POINT)})"
    patterns = {**_FORMS, "decimal_comma": _DECIMAL_COMMA, "whole": _WHOLE}
    forms = {
        form: f"regexp_full_match(number, {quoted_text(pattern)})"
        for form, pattern in patterns.items()
    }
    # What is parsed is what looks like it: that is much cheaper to tell.
    dates = [
        f"case when regexp_full_match(value, {quoted_text(pattern)}) "
        f"then {_parsed(written)} is not null end"
        for written, pattern in DATE_FORMATS.items()
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
    date_counts = dict(zip(DATE_FORMATS, counts[len(forms) :], strict=True))
    written = max(date_counts, key=lambda one: date_counts[one])
    likewise = [one for one in date_counts if one != written]
    other = next((one for one in likewise if date_counts[one] == date_counts[written]), "")
    is_date = filled > 0 and date_counts[written] + (far_dates if written else 0) >= 0.95 * filled
    last = ""
    if is_date:
        ((last,),) = engine.execute(
            f"select strftime(max(day), '%Y-%m-%d') from (select cast({_parsed(written)} as date) "
            "as day from different) "
            "where year(day) between 1901 and 2100"
        ).fetchall()
    used = "".join(sign for sign in SIGNS if any(sign in one for one in values))
    return Column(
        name=name,
        rows=rows,
        filled=filled,
        distinct=distinct,
        forms=found,
        signs=used,
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


def _parsed(date_format: str) -> str:
    if date_format:
        return f"try_strptime(value, {quoted_text(date_format)})"
    return "try_cast(value as timestamp)"
