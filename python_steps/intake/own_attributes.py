"""What a mapping says of attributes: the bank's own, and more of the known ones."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import duckdb

from python_steps.common.attributes import ORDERED_TYPES
from python_steps.common.errors import nearest

Entry = Mapping[str, Any]

TYPES = ("number", "integer", "text", "boolean")
UNITS = ("money", "years", "points", "count")
ATTRIBUTE_KEYS = (
    "name", "type", "bands", "minimum", "maximum", "unit", "order", "days_before", "date_format",
    "may_follow", "label", "phrase", "words", "ru",
)  # fmt: skip
# Those of them that people read.
SHOWN_KEYS = ("label", "phrase", "words", "ru")
# What the models call their own columns.
RESERVED = (
    "customer_id", "user_id", "has_churned", "fold", "customers", "churned", "attribute", "band",
    "band_order", "source_file", "parsed_row", "rejection_reasons", "value_problems", "cluster_id",
    "primary_segment_id", "segment_id", "churn_rate", "lift", "occurrence", "is_conflicting",
)  # fmt: skip
# What the models add to an attribute's name.
ADDED_ENDS = ("_text", "_typed", "_is_unreadable", "_problem", "_band", "_band_order")
ADDED_STARTS = ("high_", "median_")


@dataclass
class Mistakes:
    """What is wrong with a file, with its name before each."""

    file: str
    found: list[str] = field(default_factory=list)

    def add(self, message: str) -> None:
        """One more."""
        self.found.append(f"{self.file}: {message}")


def own_attributes(
    written: Any, texts: Any, known: Entry, mistakes: Mistakes
) -> dict[str, dict[str, Any]]:
    """The bank's own attributes by name; what is said of a known one is added to it.

    What is shown to people is taken from ``texts``, the same as texts only.
    """
    if not isinstance(written, list):
        mistakes.add("attributes must be a list.")
        return {}
    own: dict[str, dict[str, Any]] = {}
    for place, entry in enumerate(written, start=1):
        name = entry.get("name") if isinstance(entry, Mapping) else None
        if not name or not re.fullmatch(r"[a-z][a-z0-9_]*", str(name)):
            mistakes.add(
                f"attributes, number {place}: name must be of small letters, digits and _."
            )
            continue
        others = {one for one in [*known, *own] if one != name}
        if why := clash(str(name), others):
            mistakes.add(f"attributes: {name} {why}. Choose another name.")
        if name in own:
            mistakes.add(f"attributes: {name} occurs twice.")
        for key in entry:
            if key not in ATTRIBUTE_KEYS:
                mistakes.add(
                    f"attributes, {name}: there is no key {key}{nearest(key, ATTRIBUTE_KEYS)}."
                )
        shown = {key: texts[place - 1][key] for key in SHOWN_KEYS if key in entry}
        _check_shown(name, shown, mistakes)
        said = {"label": str(name).replace("_", " "), **known.get(name, {})}
        as_written = {
            key: texts[place - 1][key]
            for key in ("order", "date_format", "days_before")
            if key in entry
        }
        own[name] = {**said, **entry, **as_written, **shown}
        _check_attribute(own[name], mistakes)
    return own


def clash(name: str, attributes: Collection[str]) -> str:
    """Why an attribute cannot have a name; empty where it can.

    Args:
        name: of small letters, digits and _.
        attributes: the names of the other attributes.
    """
    if name in RESERVED:
        return "is a name of the models' own"
    for other in attributes:
        made = [other + end for end in ADDED_ENDS] + [start + other for start in ADDED_STARTS]
        if name in made:
            return f"is what the models call a column that they make of {other}"
    return "is a word of SQL" if name in _words_of_sql() else ""


@cache
def _words_of_sql() -> Collection[str]:
    with duckdb.connect() as engine:
        found = engine.execute(
            "select keyword_name from duckdb_keywords() where keyword_category <> 'unreserved'"
        ).fetchall()
    return {word for (word,) in found}


def _check_shown(name: str, shown: Entry, mistakes: Mistakes) -> None:
    for key, said in shown.items():
        if key == "ru":
            if isinstance(said, Mapping) and set(said) <= set(SHOWN_KEYS) - {"ru"}:
                _check_shown(f"{name}, ru", said, mistakes)
            else:
                mistakes.add(f"attributes, {name}: ru can have label, phrase and words.")
        elif key == "words":
            if not isinstance(said, Mapping) or not all(
                isinstance(one, str) for one in said.values()
            ):
                mistakes.add(
                    f"attributes, {name}: words must say what to call each value, as in "
                    "{high: older}."
                )
        elif not isinstance(said, str) or not said:
            mistakes.add(f"attributes, {name}: {key} must be a text.")
        elif key == "phrase" and "{}" not in said:
            mistakes.add(f"attributes, {name}: phrase needs {{}} where the value belongs.")


def _check_attribute(entry: dict[str, Any], mistakes: Mistakes) -> None:
    name, kind, unit = entry["name"], entry.get("type"), entry.get("unit")
    if kind not in TYPES:
        mistakes.add(
            f"attributes, {name}: type is {kind}{nearest(kind, TYPES)}; it can be "
            f"{', '.join(TYPES)}."
        )
        return
    if unit is not None and unit not in UNITS:
        mistakes.add(
            f"attributes, {name}: unit is {unit}{nearest(unit, UNITS)}; it can be "
            f"{', '.join(UNITS)}."
        )
    for limit in ("minimum", "maximum"):
        if limit in entry and not _is_number(entry[limit]):
            mistakes.add(f"attributes, {name}: {limit} is {entry[limit]}, which is no number.")
    if not isinstance(entry.get("may_follow", False), bool):
        mistakes.add(
            f"attributes, {name}: may_follow is {entry['may_follow']}; it can be true or false."
        )
    _check_order_and_days(entry, mistakes)
    if kind not in ORDERED_TYPES:
        if "bands" in entry:
            mistakes.add(f"attributes, {name}: bands are for numbers; each value is a band here.")
        return
    bands = entry.setdefault("bands", "quantiles")
    if bands == "quantiles":
        return
    if not isinstance(bands, list) or not bands or not all(map(_is_number, bands)):
        mistakes.add(f"attributes, {name}: bands can be quantiles, or a list of lower edges.")
    elif sorted(set(bands)) != bands:
        mistakes.add(f"attributes, {name}: bands must rise from edge to edge.")


def _check_order_and_days(entry: dict[str, Any], mistakes: Mistakes) -> None:
    name, kind = entry["name"], entry["type"]
    if "order" in entry and (kind != "text" or not isinstance(entry["order"], list)):
        mistakes.add(f"attributes, {name}: order lists the values of a text.")
    if "days_before" in entry:
        if kind != "integer":
            mistakes.add(f"attributes, {name}: days_before needs type: integer.")
        entry["days_before"] = str(entry["days_before"])
        if not is_day(entry["days_before"]):
            mistakes.add(
                f"attributes, {name}: days_before is {entry['days_before']}; it is a date such as "
                "2024-06-30."
            )


def is_day(text: str) -> bool:
    """Whether a text is a day, as 2024-03-31."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)
