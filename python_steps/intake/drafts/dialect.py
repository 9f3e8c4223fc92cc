"""How a CSV is written, from its first lines."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from itertools import product

from python_steps.intake.csv_reader import SEPARATORS, most_frequent_separator, records

_QUOTES = ('"', "'")
_NUMBER = re.compile(r"[+-]?[\d\s.,]+%?")


def detect_dialect(lines: Sequence[str]) -> dict[str, str]:
    """What a mapping must say under ``csv``, as it cannot be told from the header line.

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
            [said[1]] if said else SEPARATORS, _QUOTES, ("", "\\")
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
    return settings


class _Split:
    """The first lines, split in one way."""

    def __init__(self, lines: Sequence[str], separator: str, quote: str, escape: str) -> None:
        self.separator, self.quote, self.escape = separator, quote, escape
        text = [line.rstrip("\r").lstrip("\ufeff") for line in lines]
        reader = records(text, separator, quote, escape or quote)
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
