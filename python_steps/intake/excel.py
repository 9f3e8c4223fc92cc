"""Sheets of Excel files as CSV."""

import csv
import zipfile
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from python_steps.common.errors import ChurnError, nearest

_ENDINGS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
# Up to so many rows may stand before the header.
_TITLES = 50


def is_workbook(file: str, start: bytes) -> bool:
    """Whether a file is one of Excel's or its kin: by its name, and by what it begins with."""
    is_packed = start.startswith((b"PK", b"\xd0\xcf\x11\xe0"))
    return is_packed and (file.lower().endswith(_ENDINGS) or _has_sheets(file))


def write_sheet(file: str, sheet: str, target: Path) -> None:
    """Write a sheet as CSV, from its header row on.

    Dates are written as year-month-day, whole numbers without a point. Rows before the header, as
    titles are, and empty rows and columns are left out.

    Args:
        file: the workbook.
        sheet: its name; empty for the only sheet that has a table.
        target: the CSV file.

    Raises:
        ChurnError: the file cannot be read, there is no such sheet, or several have tables.
    """
    try:
        with CalamineWorkbook.from_path(file) as workbook:
            names = workbook.sheet_names
            if sheet and sheet not in names:
                raise ChurnError(
                    f"{file} has no sheet {sheet}{nearest(sheet, names)}. It has: "
                    f"{', '.join(names)}."
                )
            tables = {
                name: table
                for name in ([sheet] if sheet else names)
                if (table := _table(workbook.get_sheet_by_name(name).to_python()))
            }
    except (CalamineError, OSError, zipfile.BadZipFile) as error:
        raise ChurnError(f"{file} cannot be read as Excel: {error}") from error
    if len(tables) > 1:
        raise ChurnError(
            f"{file} has several sheets with data: {', '.join(tables)}. Name one: "
            f"{file}::{next(iter(tables))}"
        )
    if not tables:
        raise ChurnError(f"{file} has no table in {sheet or 'any sheet'}.")
    (rows,) = tables.values()
    with target.open("w", encoding="utf-8", newline="") as written:
        csv.writer(written, lineterminator="\n").writerows(rows)


def _table(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    """The rows of a sheet as texts, from the header on; nothing where it has no table."""
    texts = [[_text(cell) for cell in row] for row in rows]
    filled = [sum(map(bool, row)) for row in texts]
    usual = Counter(count for count in filled if count > 1)
    if not usual:
        return []
    # The header has about as many names as rows have values: a title has one or two.
    width = max(usual, key=lambda count: (usual[count], count))
    header = next(
        (place for place, count in enumerate(filled[:_TITLES]) if count >= max(2, width * 0.6)),
        None,
    )
    if header is None:
        return []
    used = [
        place
        for place in range(len(texts[header]))
        if any(place < len(row) and row[place] for row in texts[header:])
    ]
    table = [[row[place] if place < len(row) else "" for place in used] for row in texts[header:]]
    return [row for row in table if any(row)] if len(table) > 1 else []


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time(0):
        return cell.date().isoformat()
    if isinstance(cell, datetime | date | time):
        return cell.isoformat(*((" ",) if isinstance(cell, datetime) else ()))
    return str(cell).strip()


def _has_sheets(file: str) -> bool:
    try:
        with zipfile.ZipFile(file) as packed:
            return "xl/workbook.xml" in packed.namelist()
    except (OSError, zipfile.BadZipFile):
        return False
