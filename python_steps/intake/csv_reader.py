"""How a CSV is read, by a draft and by a build: by its header line and what a mapping says."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_steps.common.sql import quoted_text

if TYPE_CHECKING:
    from _csv import Reader

SEPARATORS = (",", ";", "\t", "|")
# So many lines are looked at for the header.
FIRST_LINES = 200
_END = "\0end"


@dataclass(frozen=True)
class CsvReader:
    """How the files of a CSV are read.

    Attributes:
        names: of the columns; one without a name is called after its place, and the second of a
            name, whatever its case, gets a number.
        repeated: the names of several columns, each with the names that the further ones have here.
        clashing: a name that two columns have even so; empty where there is none.
        header_lines: the number of lines up to the rows, blank ones not counted.
    """

    names: Sequence[str]
    repeated: Mapping[str, Sequence[str]]
    clashing: str
    header_lines: int
    separator: str
    quote: str
    escape: str
    skip: int

    @classmethod
    def of(cls, lines: Sequence[str | None], said: Mapping[str, object]) -> "CsvReader | None":
        """How a CSV is read; None where it has no header line.

        The header alone decides, with what is said. The rows have no say: a sniffer that looks at
        them adapts to malformed ones and then drops the good ones.

        Args:
            lines: the first ones of the file, with no line ends.
            said: what a mapping says under ``csv``.
        """
        whole = [(line or "").rstrip("\r").lstrip("\ufeff") for line in lines]
        skip = int(str(said.get("skip") or 0))
        quote = str(said.get("quote") or '"')
        escape = str(said.get("escape") or quote)
        wanted = str(said.get("separator") or "")
        body = whole[skip:]
        if not body or not body[0].strip():
            return None
        # A name may have line breaks between its quotes: the header ends where none is open.
        for length in range(1, len(body) + 1):
            separator = wanted or most_frequent_separator("\n".join(body[:length]))
            fields = _record(body[:length], separator, quote, escape)
            if fields is not None:
                break
        else:
            length = 1
            separator = wanted or most_frequent_separator(body[0])
            fields = body[0].split(separator)
        names, repeated, clashing = _told_apart(
            [name.strip() or f"column_{place}" for place, name in enumerate(fields, start=1)]
        )
        header_lines = sum(bool(line.strip()) for line in whole[: skip + length])
        return cls(names, repeated, clashing, header_lines, separator, quote, escape, skip)

    @property
    def options(self) -> str:
        """What ``read_csv`` of DuckDB is told, but for the columns and what to do with errors."""
        return (
            f"auto_detect = false, header = true, null_padding = false, skip = {self.skip}, "
            f"delim = {quoted_text(self.separator)}, quote = {quoted_text(self.quote)}, "
            f"escape = {quoted_text(self.escape)}"
        )


def first_lines_sql(files: str) -> str:
    """The query of the first lines, as text.

    Args:
        files: a list of names, as SQL.
    """
    return (
        f"select line from read_csv({files}, auto_detect = false, header = false, "
        "columns = {'line': 'varchar'}, delim = chr(31), quote = '', escape = '', "
        f"ignore_errors = true) limit {FIRST_LINES}"
    )


def most_frequent_separator(header: str) -> str:
    """The separator that a header has most of."""
    return max(SEPARATORS, key=lambda sign: (header.count(sign), -SEPARATORS.index(sign)))


def records(lines: Iterable[str], separator: str, quote: str, escape: str) -> "Reader":
    """The records of lines without their ends."""
    return csv.reader(
        (f"{line}\n" for line in lines),
        delimiter=separator,
        quotechar=quote,
        doublequote=escape == quote,
        escapechar=None if escape == quote else escape,
        skipinitialspace=True,
    )


def _record(lines: Sequence[str], separator: str, quote: str, escape: str) -> list[str] | None:
    """The fields of lines that are one record; None where a quote is open at their end."""
    try:
        fields: list[str] = next(records([*lines, _END], separator, quote, escape))
    except csv.Error:
        return None
    return None if _END in "".join(fields) else fields


def _told_apart(names: Sequence[str]) -> tuple[list[str], dict[str, list[str]], str]:
    """Names of which each is another, which were repeated, and one that still is."""
    told: list[str] = []
    repeated: dict[str, list[str]] = {}
    seen = Counter[str]()
    for name in names:
        seen[name.lower()] += 1
        times = seen[name.lower()]
        told.append(name if times == 1 else f"{name}_{times}")
        if times > 1:
            repeated.setdefault(name, []).append(told[-1])
    clashing = [name for name, times in Counter(map(str.lower, told)).items() if times > 1]
    return told, repeated, next(iter(clashing), "")
