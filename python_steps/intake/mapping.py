"""Mappings: what a bank's table calls things, from a file to the vars of dbt.

A mapping names the source column of each attribute. Attributes that the models know and the table
does not have step aside, with the hypotheses, segments and offers that need them; attributes that
only this bank has join the others.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from python_steps.common.attributes import BUSINESSES, ORDERED_TYPES, OUTCOME, mentioned
from python_steps.common.errors import ChurnError, nearest
from python_steps.common.settings import is_encoding

Entry = Mapping[str, Any]

FOLDER = "mappings"
KEYS = (
    "key", "columns", "values", "churned_when_set", "keep_out", "csv", "business", "attributes",
)  # fmt: skip
CSV_KEYS = (
    "separator", "quote", "escape", "decimal", "thousands", "signs", "skip", "encoding",
)  # fmt: skip
# The key of a table in which nothing identifies a customer.
ROW_NUMBER = "row_number"
TYPES = ("number", "integer", "text", "boolean")
UNITS = ("money", "years", "points", "count")
ATTRIBUTE_KEYS = (
    "name", "type", "bands", "minimum", "maximum", "unit", "order", "days_before", "date_format",
    "label", "phrase", "words", "ru",
)  # fmt: skip
# Those of them that people read.
SHOWN_KEYS = ("label", "phrase", "words", "ru")
# Header lines are looked for among so many.
MAX_SKIP = 50
# What the models call their own columns.
RESERVED = (
    "customer_id", "user_id", "has_churned", "fold", "customers", "churned", "attribute", "band",
    "band_order", "source_file", "parsed_row", "rejection_reasons", "value_problems", "cluster_id",
    "primary_segment_id", "segment_id", "churn_rate", "lift", "occurrence", "is_conflicting",
)  # fmt: skip
# What the models add to an attribute's name.
ADDED_ENDS = ("_text", "_typed", "_is_unreadable", "_problem", "_band", "_band_order")
ADDED_STARTS = ("high_", "median_")


@dataclass(frozen=True)
class ReadMapping:
    """A mapping as dbt takes it.

    Attributes:
        variables: vars of dbt.
        absent: the labels of the attributes that the table does not have.
        aside: the ids of hypotheses and named segments that need them.
    """

    variables: Mapping[str, Any]
    absent: Sequence[str]
    aside: Sequence[str]


@dataclass
class _Mistakes:
    file: str
    found: list[str] = field(default_factory=list)

    def add(self, message: str) -> None:
        self.found.append(f"{self.file}: {message}")


def find_mapping(name: str, folder: Path, project: Path) -> Path:
    """The file of a mapping.

    Args:
        name: a path, or the name of a file in the project's folder ``mappings``.
        folder: where relative paths count from.
        project: the project's folder.

    Raises:
        ChurnError: there is no such file.
    """
    shipped = project / FOLDER
    for candidate in (folder / name, shipped / name, shipped / f"{name}.yml"):
        if candidate.is_file():
            return candidate.resolve()
    known = sorted(file.stem for file in shipped.glob("*.yml"))
    raise ChurnError(
        f"There is no mapping {name}{nearest(name, known)}. Give the path of a file, or one of "
        f"{shipped}: {', '.join(known)}."
    )


def read_mapping(file: Path, project_variables: Entry) -> ReadMapping:
    """Read and check a mapping.

    Args:
        file: the YAML file.
        project_variables: the vars of ``vars.yml``.

    Raises:
        ChurnError: the file cannot be read, or has mistakes; the message names each with its key
            and the nearest valid one.
    """
    try:
        written = file.read_text(encoding="utf-8")
        refuse_aliases(written, str(file))
        mapping = yaml.safe_load(written)
        # As texts, since the bank's words may be Yes and No, and its columns numbers.
        texts = yaml.load(written, Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ChurnError(f"{file} cannot be read as YAML: {error}") from error
    mistakes = _Mistakes(file.name)
    if not isinstance(mapping, Mapping):
        raise ChurnError(f"{file} must have the keys {', '.join(KEYS)}.")
    for key in mapping:
        if key not in KEYS:
            mistakes.add(f"there is no key {key}{nearest(key, KEYS)}.")
    known = {entry["name"]: dict(entry) for entry in project_variables["attributes"]}
    own = _own_attributes(mapping.get("attributes") or [], texts.get("attributes"), known, mistakes)
    registry = known | own
    columns = _columns(texts.get("columns"), registry, mistakes)
    for name in own:
        if columns and name not in columns:
            mistakes.add(f"columns: {name} is missing; attributes describes it.")
    _check_key(texts.get("key"), columns, mistakes)
    values = texts.get("values") or {}
    _check_values(values, columns, mistakes)
    if not mistakes.found:
        values = _without_nulls(values, mapping.get("values"))
    keep_out = _keep_out(texts.get("keep_out") or [], columns, mistakes)
    csv = texts.get("csv") or {}
    _check_csv(csv, mistakes)
    when_set = mapping.get("churned_when_set", False)
    if not isinstance(when_set, bool):
        mistakes.add(f"churned_when_set is {when_set}; it can be true or false.")
    business = mapping.get("business", project_variables.get("business", BUSINESSES[0]))
    if business not in BUSINESSES:
        mistakes.add(
            f"business is {business}{nearest(str(business), BUSINESSES)}; it can be "
            f"{', '.join(BUSINESSES)}."
        )
    present = [entry for name, entry in registry.items() if name in columns]
    if columns and not mistakes.found and not present:
        mistakes.add(
            "columns: at least one attribute is needed, of which churn may depend: "
            f"{', '.join(known)}, or one of the bank's own."
        )
    if mistakes.found:
        raise ChurnError("\n".join(mistakes.found))
    absent = [entry for name, entry in registry.items() if name not in columns]
    variables, aside = _step_aside(project_variables, [entry["name"] for entry in absent])
    clustered = [
        *variables["cluster_attributes"],
        *(entry["name"] for entry in own.values() if entry["type"] != "text"),
    ]
    return ReadMapping(
        variables={
            "mapping": {
                "key": texts["key"],
                "columns": columns,
                "values": values,
                "churned_when_set": when_set,
                "keep_out": keep_out,
                "csv": csv,
            },
            "mapping_file": file.name,
            "business": business,
            "attributes": present,
            "absent_attributes": absent,
            **variables,
            "cluster_attributes": list(dict.fromkeys(clustered)),
        },
        absent=[entry["label"] for entry in absent],
        aside=aside,
    )


def refuse_aliases(written: str, where: str) -> None:
    """Stop where YAML refers to parts of itself: a few lines of that stand for any number of them.

    Args:
        written: the YAML.
        where: what to call it.

    Raises:
        ChurnError: it has an alias.
        yaml.YAMLError: it is no YAML.
    """
    for token in yaml.scan(written):
        if isinstance(token, yaml.AliasToken):
            raise ChurnError(
                f"{where}, line {token.start_mark.line + 1}: *{token.value} refers to another "
                "part. Write out what it stands for."
            )


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


def _columns(written: Any, registry: Entry, mistakes: _Mistakes) -> dict[str, str]:
    names = ["user_id", OUTCOME, *registry]
    if not isinstance(written, Mapping) or not written:
        mistakes.add(f"columns must say which source column holds what: {', '.join(names)}.")
        return {}
    columns: dict[str, str] = {}
    for name, column in written.items():
        if name not in names:
            mistakes.add(
                f"columns: there is no attribute {name}{nearest(name, names)}. Describe it under "
                "attributes if it is the bank's own."
            )
        elif not isinstance(column, str):
            mistakes.add(f"columns: {name} must name one source column.")
        elif column:
            columns[name] = column
    for column, times in Counter(map(str.lower, columns.values())).items():
        if times > 1:
            names = [name for name, its in columns.items() if its.lower() == column]
            mistakes.add(
                f"columns: {' and '.join(names)} are both column {columns[names[0]]}. A column is "
                "one attribute; remove the others."
            )
    if OUTCOME not in columns:
        mistakes.add(f"columns: {OUTCOME} is missing; without it nobody knows who left.")
    return columns


def _own_attributes(
    written: Any, texts: Any, known: Entry, mistakes: _Mistakes
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


def _check_shown(name: str, shown: Entry, mistakes: _Mistakes) -> None:
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


def _check_attribute(entry: dict[str, Any], mistakes: _Mistakes) -> None:
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


def _check_order_and_days(entry: dict[str, Any], mistakes: _Mistakes) -> None:
    name, kind = entry["name"], entry["type"]
    if "order" in entry and (kind != "text" or not isinstance(entry["order"], list)):
        mistakes.add(f"attributes, {name}: order lists the values of a text.")
    if "days_before" in entry:
        if kind != "integer":
            mistakes.add(f"attributes, {name}: days_before needs type: integer.")
        entry["days_before"] = str(entry["days_before"])
        if not _is_day(entry["days_before"]):
            mistakes.add(
                f"attributes, {name}: days_before is {entry['days_before']}; it is a date such as "
                "2024-06-30."
            )


def _keep_out(written: Any, columns: Entry, mistakes: _Mistakes) -> list[str]:
    """The columns that are not read; the engine knows them whatever their case."""
    if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
        mistakes.add("keep_out must be a list of columns.")
        return []
    times = Counter(map(str.lower, written))
    for column, count in times.items():
        if count > 1:
            mistakes.add(f"keep_out: {column} occurs {count} times. Once is enough.")
    for column in columns.values():
        if column.lower() in times:
            mistakes.add(f"keep_out: {column} is also in columns. Remove it from one.")
    return written


def _check_key(key: Any, columns: Entry, mistakes: _Mistakes) -> None:
    if key in (ROW_NUMBER, [ROW_NUMBER]):
        return
    if not isinstance(key, list) or not key:
        mistakes.add(
            "key must list what identifies a customer, such as [user_id]; it is row_number where "
            "nothing does."
        )
        return
    for name in key:
        if columns and name not in columns:
            mistakes.add(f"key: {name} is not in columns{nearest(name, list(columns))}.")


def _check_values(values: Any, columns: Entry, mistakes: _Mistakes) -> None:
    if not isinstance(values, Mapping):
        mistakes.add("values must say for each attribute which word is which.")
        return
    for name, words in values.items():
        if columns and name not in columns:
            mistakes.add(f"values: {name} is not in columns{nearest(name, list(columns))}.")
        if not isinstance(words, Mapping):
            mistakes.add(f"values, {name}: give the bank's word and ours, as in {{M: male}}.")


def _without_nulls(values: Any, read: Any) -> dict[str, dict[str, str]]:
    """Words that are translated to YAML's null mean missing, as those do that are to nothing."""
    return {
        name: {
            word: "" if isinstance(read, Mapping) and _is_null(read.get(name), word) else ours
            for word, ours in words.items()
        }
        for name, words in values.items()
    }


def _is_null(words: Any, wanted: str) -> bool:
    return isinstance(words, Mapping) and any(
        ours is None for word, ours in words.items() if _as_written(word) == wanted
    )


def _as_written(word: Any) -> str:
    return str(word).lower() if isinstance(word, bool) else str(word)


def _check_csv(csv: Any, mistakes: _Mistakes) -> None:
    if not isinstance(csv, Mapping):
        mistakes.add(f"csv may have the keys {', '.join(CSV_KEYS)}.")
        return
    for key in csv:
        if key not in CSV_KEYS:
            mistakes.add(f"csv: there is no key {key}{nearest(key, CSV_KEYS)}.")
    for key in ("separator", "quote", "escape"):
        if key in csv and len(csv[key]) != 1:
            mistakes.add(f"csv: {key} must be one character.")
    if not str(csv.get("skip", "0")).isdecimal() or int(csv.get("skip", "0")) > MAX_SKIP:
        mistakes.add(
            f"csv: skip is {csv['skip']}; it is how many lines come before the header, up to "
            f"{MAX_SKIP}."
        )
    if csv.get("decimal", ".") not in (".", ","):
        mistakes.add(f"csv: decimal is {csv['decimal']!r}; it can be '.' or ','.")
    if csv.get("thousands", "") not in ("", " ", ".", ",", "'"):
        mistakes.add(f"csv: thousands is {csv['thousands']!r}; it can be ' ', '.', ',' or \"'\".")
    if csv.get("thousands") and csv["thousands"] == csv.get("decimal", "."):
        mistakes.add("csv: decimal and thousands are the same.")
    if not is_encoding(csv.get("encoding", "utf-8")):
        mistakes.add(
            f"csv: there is no encoding {csv['encoding']}; windows-1251 and utf-8 are usual ones."
        )


def _step_aside(variables: Entry, absent: Collection[str]) -> tuple[dict[str, Any], list[str]]:
    """Vars without what needs absent attributes, and the ids of that."""
    aside: list[str] = []

    def keeps(entry: Entry, name: str, needs: Collection[str]) -> bool:
        if set(needs) & set(absent):
            aside.append(str(entry[name]))
            return False
        return True

    hypotheses = [
        entry
        for entry in variables["hypotheses"]
        if keeps(entry, "hypothesis_id", _needs(entry, absent))
    ]
    segments = [
        entry
        for entry in variables["named_segments"]
        if keeps(entry, "segment_id", [condition["attribute"] for condition in entry["conditions"]])
    ]
    kept = {
        "hypotheses": hypotheses,
        "named_segments": segments,
        "cluster_attributes": [
            name for name in variables["cluster_attributes"] if name not in absent
        ],
    }
    return kept, aside


def _needs(hypothesis: Entry, names: Collection[str]) -> set[str]:
    conditions = " ".join(
        str(hypothesis[group]["where"])
        for group in ("group_a", "group_b", "within")
        if group in hypothesis
    )
    return {
        str(hypothesis.get("metric")),
        str(hypothesis.get("for_each_pair_of")),
        *mentioned(conditions, list(names)),
    }


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)
