"""Mappings: what a bank's table calls things, from a file to the vars of dbt.

A mapping names the source column of each attribute. Attributes that the models know and the table
does not have step aside, with the hypotheses, segments and offers that need them; attributes that
only this bank has join the others.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from python_steps.common.attributes import BUSINESSES, OUTCOME, mentioned
from python_steps.common.errors import ChurnError, nearest
from python_steps.common.settings import is_encoding
from python_steps.intake.own_attributes import Entry, Mistakes, is_day, own_attributes

FOLDER = "mappings"
KEYS = (
    "key", "rows", "columns", "values", "churned_when_set", "keep_out", "csv", "business",
    "as_of", "attributes",
)  # fmt: skip
CSV_KEYS = (
    "separator", "quote", "escape", "decimal", "thousands", "signs", "skip", "encoding",
)  # fmt: skip
# The key of a table in which nothing identifies a customer.
ROW_NUMBER = "row_number"
# Of several rows of a customer, that of the last month or day.
LATEST, LATEST_OF_EACH = "latest", "latest_of_each"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Header lines are looked for among so many.
MAX_SKIP = 50


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
        refuse_days_that_are_none(written, file.name)
        mapping = yaml.safe_load(written)
        # As texts, since the bank's words may be Yes and No, and its columns numbers.
        texts = yaml.load(written, Loader=yaml.BaseLoader)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ChurnError(f"{file} cannot be read as YAML: {error}") from error
    mistakes = Mistakes(file.name)
    if not isinstance(mapping, Mapping):
        raise ChurnError(f"{file} must have the keys {', '.join(KEYS)}.")
    for key in mapping:
        if key not in KEYS:
            mistakes.add(f"there is no key {key}{nearest(key, KEYS)}.")
    known = {entry["name"]: dict(entry) for entry in project_variables["attributes"]}
    own = own_attributes(mapping.get("attributes") or [], texts.get("attributes"), known, mistakes)
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
    rows = texts.get("rows") or {}
    _check_rows(rows, keep_out, mistakes)
    as_of = texts.get("as_of") or ""
    _check_as_of(as_of, keep_out, mistakes)
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
                "rows": rows,
                "columns": columns,
                "values": values,
                "churned_when_set": when_set,
                "keep_out": keep_out,
                "csv": csv,
                "as_of": as_of,
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


def refuse_days_that_are_none(written: str, where: str) -> None:
    """Stop at what YAML takes for a date and no calendar has.

    Args:
        written: the YAML.
        where: what to call it.

    Raises:
        ChurnError: there is such a day.
        yaml.YAMLError: it is no YAML.
    """
    for token in yaml.scan(written):
        if not isinstance(token, yaml.ScalarToken) or not token.plain:
            continue
        if _DAY.fullmatch(token.value) and not is_day(token.value):
            raise ChurnError(
                f"{where}, line {token.start_mark.line + 1}: {token.value} is no day. Write one as "
                "2024-03-31."
            )


def _columns(written: Any, registry: Entry, mistakes: Mistakes) -> dict[str, str]:
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


def _keep_out(written: Any, columns: Entry, mistakes: Mistakes) -> list[str]:
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


def _check_key(key: Any, columns: Entry, mistakes: Mistakes) -> None:
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


def _check_rows(rows: Any, keep_out: Collection[str], mistakes: Mistakes) -> None:
    """Columns, and of each the value that is meant, or the latest."""
    if not isinstance(rows, Mapping) or not all(map(_is_text, rows.values())):
        mistakes.add(
            "rows must name columns and which of their values is meant, as in {month: 2024-03}, "
            f"{{year: {LATEST}, month: {LATEST}}} or {{month: {LATEST_OF_EACH}}}."
        )
        return
    for column in rows:
        if column.lower() in map(str.lower, keep_out):
            mistakes.add(f"rows: {column} is also in keep_out. Remove it there.")


def _check_as_of(as_of: Any, keep_out: Collection[str], mistakes: Mistakes) -> None:
    """A day, or a column that has it."""
    if not isinstance(as_of, str):
        mistakes.add("as_of must be a day, as 2024-03-31, or name a column of days.")
    elif as_of.lower() in map(str.lower, keep_out):
        mistakes.add(f"as_of: {as_of} is also in keep_out. Remove it there.")
    elif _DAY.fullmatch(as_of) and not is_day(as_of):
        mistakes.add(f"as_of is {as_of}, which is no day. Write it as 2024-03-31.")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _check_values(values: Any, columns: Entry, mistakes: Mistakes) -> None:
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


def _check_csv(csv: Any, mistakes: Mistakes) -> None:
    if not isinstance(csv, Mapping):
        mistakes.add(f"csv may have the keys {', '.join(CSV_KEYS)}.")
        return
    for key in csv:
        if key not in CSV_KEYS:
            mistakes.add(f"csv: there is no key {key}{nearest(key, CSV_KEYS)}.")
    for key in ("separator", "quote", "escape"):
        if key in csv and not (isinstance(csv[key], str) and len(csv[key]) == 1):
            mistakes.add(f"csv: {key} must be one character.")
    if not str(csv.get("skip", "0")).isdecimal() or int(csv.get("skip", "0")) > MAX_SKIP:
        mistakes.add(
            f"csv: skip is {csv['skip']}; it is how many lines come before the header, up to "
            f"{MAX_SKIP}."
        )
    if csv.get("decimal", ".") not in (".", ","):
        mistakes.add(f"csv: decimal is {csv['decimal']!r}; it can be '.' or ','.")
    if csv.get("thousands", "") not in ("", " ", ".", ",", "'", "’"):
        mistakes.add(f"csv: thousands is {csv['thousands']!r}; it can be ' ', '.', ',' or \"'\".")
    signs = csv.get("signs", "")
    if not isinstance(signs, str | list) or not all(isinstance(one, str) and one for one in signs):
        mistakes.add("csv: signs are signs around numbers, such as '$%', or words: [kr, GBP].")
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
