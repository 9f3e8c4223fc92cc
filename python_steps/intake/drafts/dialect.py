"""How a CSV is written, from its first lines."""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from python_steps.common.errors import ChurnError

_SEPARATORS = (",", ";", "\t", "|")
_QUOTES = ('"', "'")
_NUMBER = re.compile(r"[+-]?[\d\s.,]+%?")


@dataclass(frozen=True)
class Dialect:
    """How a CSV is written.

    Attributes:
        names: of the columns; one without a name is called after its place, and the second of a
            name gets a number, as macros do.
        repeated: the names of several columns, each with the names that the further ones have here.
        settings: what a mapping must say under ``csv``, as it cannot be told from the header line.
    """

    names: Sequence[str]
    repeated: Mapping[str, Sequence[str]]
    separator: str
    quote: str
    escape: str
    skip: int
    settings: dict[str, str]


def detect_dialect(lines: Sequence[str]) -> Dialect:
    """Find out how a CSV is written.

    The separator, quote and escape are those that split most lines into equally many fields and
    leave no quotes over. The header is the first line of so many fields; what stands before it, a
    title or ``sep=;``, is skipped.

    Args:
        lines: the first ones of the file, without line ends.
    """
    said = re.fullmatch(r"\ufeff?sep=(.)", lines[0].strip("\r")) if lines else None
    body = lines[1:] if said else lines
    candidates = [
        _Split(body, separator, quote, escape)
        for separator, quote, escape in product(
            [said[1]] if said else _SEPARATORS, _QUOTES, ("", "\\")
        )
    ]
    best = max(candidates, key=lambda split: split.fit)
    skip = best.header_line + bool(said)
    header = lines[skip] if skip < len(lines) else ""
    settings = {}
    if best.separator != most_frequent_separator(header):
        settings["separator"] = best.separator
    if best.quote != '"':
        settings["quote"] = best.quote
    if best.escape:
        settings["escape"] = best.escape
    if skip:
        settings["skip"] = str(skip)
    names, repeated = _told_apart(best.names)
    return Dialect(
        names, repeated, best.separator, best.quote, best.escape or best.quote, skip, settings
    )


def _told_apart(names: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Names of which each is another, whatever its case, and which were repeated."""
    told: list[str] = []
    repeated: dict[str, list[str]] = {}
    seen = Counter[str]()
    for name in names:
        seen[name.lower()] += 1
        times = seen[name.lower()]
        told.append(name if times == 1 else f"{name}_{times}")
        if times > 1:
            repeated.setdefault(name, []).append(told[-1])
    for name, times in Counter(map(str.lower, told)).items():
        if times > 1:
            raise ChurnError(f"The source has two columns named {name}. Rename or remove one.")
    return told, repeated


def most_frequent_separator(header: str) -> str:
    """The separator that a header has most of, as the macro of that name takes it."""
    return max(_SEPARATORS, key=lambda sign: (header.count(sign), -_SEPARATORS.index(sign)))


class _Split:
    """The first lines, split in one way."""

    def __init__(self, lines: Sequence[str], separator: str, quote: str, escape: str) -> None:
        self.separator, self.quote, self.escape = separator, quote, escape
        reader = csv.reader(
            io.StringIO("\n".join(line.rstrip("\r") for line in lines).lstrip("\ufeff")),
            delimiter=separator,
            quotechar=quote,
            doublequote=not escape,
            escapechar=escape or None,
        )
        rows, begins, line = [], [], 0
        try:
            for row in reader:
                rows.append(row)
                begins.append(line)
                line = reader.line_num
        except csv.Error:
            rows, begins = [], []
        filled = [row for row in rows if row]
        widths = Counter(map(len, filled[:-1] or filled))
        # The last line may be the beginning of a record only.
        self.width, times = widths.most_common(1)[0] if widths else (0, 0)
        header = next(
            (place for place, row in enumerate(rows) if len(row) == self.width and _is_header(row)),
            0,
        )
        self.header_line = begins[header] if begins else 0
        cells = [cell.strip() for row in filled[:50] for cell in row]
        left_over = sum(
            cell[:1] in _QUOTES or cell[-1:] == "\\" or '"' in cell for cell in cells if cell
        )
        self.names = [
            name.strip() or f"column_{place}"
            for place, name in enumerate(rows[header] if rows else [], start=1)
        ]
        self.fit = (
            self.width > 1,
            times / max(1, sum(widths.values())) - left_over / max(1, len(cells)),
            self.width,
            quote == '"',
            not escape,
        )


def _is_header(row: Sequence[str]) -> bool:
    """Whether a row can be one of names: most are there, and they are no numbers."""
    names = [cell.strip() for cell in row if cell.strip()]
    numbers = sum(bool(_NUMBER.fullmatch(name)) for name in names)
    return len(names) * 2 > len(row) and numbers * 2 <= len(names)
