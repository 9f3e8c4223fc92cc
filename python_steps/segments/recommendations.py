"""The catalogue of recommendations: read and checked."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from python_steps.common.attributes import BUSINESSES, mentioned
from python_steps.common.conditions import number_sql
from python_steps.common.errors import ChurnError, nearest
from python_steps.segments.rules import DIRECTIONS

FILE = "seeds/catalogue/recommendation_catalogue.csv"
TEXTS = ["action_id", "business", "direction", "condition", "who_en", "who_ru"]
TEXTS += ["action_en", "action_ru", "why_en", "why_ru"]
NUMBERS = ["importance", "min_share"]
ANY = "any"


def check_form(project: Path) -> None:
    """Stop where the catalogue is no table of its columns, of which dbt would name no line.

    Raises:
        ChurnError: the file is missing or no CSV in UTF-8, a column is missing or unknown, or a
            line has more or fewer cells than the header.
    """
    columns = TEXTS + NUMBERS
    try:
        with (project / FILE).open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.reader(opened, strict=True)
            header = next(reader, [])
            lengths = [(reader.line_num, len(cells)) for cells in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise ChurnError(f"{FILE} cannot be read: {error}") from error
    except csv.Error as error:
        raise ChurnError(f"{FILE}, line {reader.line_num}: {error}") from error
    mistakes = [f"line 1: there is no column {name}{nearest(name, columns)}"
                for name in header if name not in columns]  # fmt: skip
    mistakes += [f"line 1: column {name} is missing" for name in columns if name not in header]
    mistakes += [f"line 1: column {name} stands here more than once"
                 for name, times in Counter(header).items() if times > 1]  # fmt: skip
    mistakes += [
        f"line {line} has {length} cells, the header {len(header)}. "
        "A text with a comma needs quotes around it."
        for line, length in lengths
        if length not in (0, len(header))
    ]
    if mistakes:
        raise ChurnError("\n".join(f"{FILE}, {mistake}" for mistake in mistakes))


def read_catalogue(
    rows: Sequence[Mapping[str, Any]],
    problem_with: Callable[[str], str],
    absent: Sequence[str] = (),
    business: str = "bank",
    thresholds: Mapping[str, float | None] | None = None,
) -> pd.DataFrame:
    """The rows of the catalogue, in the file's order.

    Args:
        rows: the rows of the seed, every cell a text or None.
        problem_with: what keeps a text from being a condition over customers, empty where nothing
            does.
        absent: attributes that the table does not have; actions whose conditions need them are
            left out.
        business: what the customers are of; actions for another one are left out.
        thresholds: what :func:`read_thresholds` gave.

    Returns:
        A row per action: ``catalogue_order`` from 1, ``TEXTS`` and ``NUMBERS``; conditions have
        numbers in place of the names of thresholds.

    Raises:
        ChurnError: with every mistake, by row and column of the file.
    """
    mistakes: list[str] = []
    table: list[dict[str, Any]] = []
    ids = Counter(row["action_id"] for row in rows)
    for order, row in enumerate(rows, start=1):

        def wrong(column: str, what: str, line: int = order + 1) -> None:
            mistakes.append(f"{FILE}, line {line}, column {column}: {what}")

        texts = {column: (row[column] or "").strip() for column in TEXTS}
        for column in TEXTS:
            if not texts[column]:
                wrong(column, "is empty")
        if texts["action_id"] and ids[row["action_id"]] > 1:
            wrong("action_id", f"{texts['action_id']} stands here more than once")
        if texts["direction"] and texts["direction"] not in DIRECTIONS:
            wrong("direction", f"is {texts['direction']!r}; it must be {' or '.join(DIRECTIONS)}")
        if texts["business"] and texts["business"] not in (*BUSINESSES, ANY):
            wrong(
                "business",
                f"is {texts['business']!r}; it must be {', '.join(BUSINESSES)} or {ANY}",
            )
        numbers = {}
        for column, high in zip(NUMBERS, (float("inf"), 1.0), strict=True):
            try:
                numbers[column] = float(row[column] or "")
            except ValueError:
                wrong(column, f"is {row[column]!r}, which is no number")
                continue
            if not 0 <= numbers[column] <= high:
                wrong(column, f"is {row[column]}; it must be at least 0 and at most {high:g}")
        is_meant = texts["business"] in (business, ANY)
        steps_aside = not is_meant or _needs(texts["condition"], absent)
        condition = _with_numbers(texts["condition"], thresholds or {})
        if condition and not steps_aside and (problem := problem_with(condition)):
            wrong("condition", f"{texts['condition']}: {problem}")
        texts["condition"] = condition
        if not steps_aside:
            table.append({"catalogue_order": len(table) + 1, **texts, **numbers})
    if mistakes:
        raise ChurnError("\n".join(mistakes))
    kinds = {"catalogue_order": int} | dict.fromkeys(TEXTS, str) | dict.fromkeys(NUMBERS, float)
    return pd.DataFrame(table, columns=["catalogue_order", *TEXTS, *NUMBERS]).astype(kinds)


def read_thresholds(
    quantiles: Sequence[Mapping[str, Any]], high_quantile: float
) -> dict[str, float | None]:
    """What is high for this bank, and what is usual, by the names that conditions use.

    Args:
        quantiles: rows of ``int_attribute_quantiles``.
        high_quantile: above which a value counts as high.
    """
    prefixes = {"high": high_quantile, "median": 0.5}
    return {
        f"{prefix}_{row['attribute']}": row["value"]
        for row in quantiles
        for prefix, probability in prefixes.items()
        if float(row["probability"]) == float(probability)
    }


def _with_numbers(condition: str, thresholds: Mapping[str, float | None]) -> str:
    """A condition that says numbers in place of the names of thresholds, but not within texts."""

    def number(found: re.Match[str]) -> str:
        name = found[0].lower()
        if name not in thresholds:
            return found[0]
        value = thresholds[name]
        if value is None:
            return "null"
        # Two minus signs would begin a comment.
        return number_sql(value) if value >= 0 else f"({number_sql(value)})"

    return re.sub(r"'(?:[^']|'')*'|\w+", number, condition)


def _needs(condition: str, attributes: Sequence[str]) -> bool:
    """Whether a condition is about one of the attributes."""
    names = [prefix + attribute for attribute in attributes for prefix in ("", "high_", "median_")]
    return bool(mentioned(condition, names))
