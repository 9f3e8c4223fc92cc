"""A first mapping of a table, from the names and values of all its rows."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import duckdb

from python_steps.common.databases import confine
from python_steps.common.errors import ChurnError, nearest
from python_steps.common.scratch import scratch
from python_steps.common.sql import quoted_name, quoted_text
from python_steps.intake.dialect import detect_dialect
from python_steps.intake.leakage import tells_outcome
from python_steps.intake.mapping import ROW_NUMBER, clash
from python_steps.intake.outcome import NO, YES, Outcome, find_outcome, plain
from python_steps.intake.profile import FAR, MAX_ROWS, Column, profile, value_sql
from python_steps.intake.source import Readable, Source, likely_encoding_of
from python_steps.intake.words import (
    find_order,
    is_personal,
    kind_of_code,
    known_name,
    label_of,
    phrases_of,
)

# A rating up to it is one of stars or marks.
_STARS = 100
# A text of so few values names no person.
_FEW = 20
# So many months or days a customer may have rows of.
_MAX_TIMES = 60
# A text with more values is no attribute.
MAX_TEXTS = 100
_GENDERS = {
    "male": ("m", "male", "man", "м", "муж", "мужской", "мужчина"),
    "female": ("f", "female", "woman", "ж", "жен", "женский", "женщина"),
}
_ID_NAME = re.compile(
    r"(^|_)(id|ids|uid|uuid|guid|no|nr|num|number|account|phone|msisdn|email|inn|snils|iban|ид|номер|"
    r"счет|счёт|телефон|инн)$"
)
_INDEX_NAME = re.compile(r"^(|index|unnamed_\d+|column_?\d+|row_?(number|id|num|no)?|n|№)$")
_TIME_NAME = re.compile(
    r"(^|_)(month|date|period|week|day|as_of|snapshot|year_month|report_date|месяц|дата|период)($|_)"
)

# Attributes that banks have of their customers, and hardly anybody else.
_BANKS = {"balance", "credit_score", "product_count", "has_credit_card", "equity_points"}


@dataclass
class Draft:
    """A mapping as text, what it leaves out, and what nobody can know from the table."""

    key: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    when_set: bool = False
    keep_out: list[str] = field(default_factory=list)
    csv: dict[str, str] = field(default_factory=dict)
    attributes: list[dict[str, Any]] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    churned: int | None = None
    known: int = 0
    is_sampled: bool = False
    separator: str = ""

    def leave_out(self, column: str, reason: str, keep_out: bool = True) -> None:
        """Say why a column is no attribute."""
        self.left_out[column] = reason
        if keep_out:
            self.keep_out.append(column)

    def summary(self) -> list[str]:
        """What was taken, what was left out and why, and what comes of it."""
        attributes = [name for name in self.columns if name not in ("user_id", "has_churned")]
        lines = [
            f"{self.rows:,} rows looked at"
            + (", spread over the table." if self.is_sampled else ".")
        ]
        if "has_churned" in self.columns and self.churned is not None and self.rows:
            lines.append(
                f"{self.columns['has_churned']} says that {self.churned:,} left, "
                f"{self.churned / max(1, self.known):.1%}"
                + (
                    "."
                    if self.known >= self.rows
                    else f" of {self.known:,}; it says nothing of {self.rows - self.known:,}."
                )
            )
        lines.append(f"{len(attributes)} attributes: {', '.join(attributes) or 'none'}.")
        lines += [f"Left out: {column}: {why}." for column, why in self.left_out.items()]
        return lines

    def text(self, source: str) -> str:
        """YAML with a comment where the draft leaves something out or is unsure."""
        lines = [f"# Drafted from {_quoted(source)}. Read it before use."]
        lines += [f"# {_on_one_line(one)}" for one in self.summary()]
        lines += [f"# Unsure: {_on_one_line(one)}" for one in self.unsure]
        key = ROW_NUMBER if self.key == [ROW_NUMBER] else f"[{', '.join(self.key)}]"
        lines += [f"key: {key}", "", "columns:"]
        lines += [f"  {name}: {_quoted(column)}" for name, column in self.columns.items()]
        if self.when_set:
            lines += ["", "churned_when_set: true"]
        if self.values:
            lines += ["", "values:"]
            for name, words in self.values.items():
                lines.append(f"  {name}: {_entry(words)}")
        if not _BANKS & {*self.columns}:
            # Offers of a bank would be from the wrong world.
            lines += ["", "business: other"]
        if self.keep_out:
            lines += ["", f"keep_out: [{', '.join(map(_quoted, self.keep_out))}]"]
        if self.csv:
            lines += ["", f"csv: {_entry(self.csv)}"]
        if self.attributes:
            lines += ["", "attributes:"]
            lines += [f"  - {_entry(one)}" for one in self.attributes]
        return "\n".join(lines) + "\n"


def draft_mapping(source: str, encoding: str = "", outcome: str = "") -> Draft:
    """Look at the columns of a source and draft a mapping.

    Args:
        source: as in ``churn build``.
        encoding: of a CSV; found out where it is not said.
        outcome: the column that says who left; found out where it is not said.

    Raises:
        ChurnError: the source cannot be read.
    """
    draft = Draft()
    place = source.partition("::")[0]
    if not encoding and Path(place).is_file():
        encoding = likely_encoding_of(place)
        if encoding:
            draft.csv["encoding"] = encoding
    looked_at = Source.of(source, encoding)
    with scratch(Path(gettempdir()), "churn_mapping_") as folder:
        try:
            with looked_at.readable(folder) as readable, duckdb.connect() as engine:
                _load(engine, looked_at, readable, draft, folder)
                columns = profile(engine, "loaded")
                _draft(engine, columns, draft, outcome)
        except duckdb.Error as error:
            raise ChurnError(f"{source} cannot be read: {error}") from error
    return draft


def _load(
    engine: duckdb.DuckDBPyConnection,
    source: Source,
    readable: Readable,
    draft: Draft,
    folder: Path,
) -> None:
    """Make the table ``loaded`` of the source, with a column ``churn_row``."""
    engine.execute("set enable_progress_bar = false")
    engine.execute(f"set temp_directory = {quoted_text(folder / 'spill')}")
    files = f"[{', '.join(map(quoted_text, readable.patterns))}]"
    if readable.kind == "duckdb":
        engine.execute(f"attach {quoted_text(source.files[0])} as bank (read_only)")
        origin = "bank." + ".".join(map(quoted_name, source.table.split(".")))
    elif readable.kind == "parquet":
        origin = f"read_parquet({files})"
    else:
        origin = _csv(engine, files, draft, is_written=source.kind == "excel")
    confine(engine, (*readable.patterns, *readable.files), str(folder / "spill"))
    ((draft.rows,),) = engine.execute(f"select count(*) from {origin}").fetchall()
    chosen = ""
    if draft.rows > MAX_ROWS:
        draft.is_sampled = True
        chosen = f" using sample reservoir({MAX_ROWS} rows) repeatable (1)"
    engine.execute(
        "create table loaded as select row_number() over () as churn_row, * "
        f"from (select * from {origin}){chosen}"
    )
    if draft.is_sampled:
        draft.rows = MAX_ROWS


def _csv(engine: duckdb.DuckDBPyConnection, files: str, draft: Draft, is_written: bool) -> str:
    lines = engine.execute(
        f"select line from read_csv({files}, auto_detect = false, header = false, "
        "columns = {'line': 'varchar'}, delim = chr(31), quote = '', escape = '', "
        "ignore_errors = true) limit 200"
    ).fetchall()
    dialect = detect_dialect([line or "" for (line,) in lines])
    if not dialect.names:
        raise ChurnError("The source has no header line with column names.")
    lowered = [name.lower() for name in dialect.names]
    for name in lowered:
        if lowered.count(name) > 1:
            raise ChurnError(f"The source has two columns named {name}. Rename or remove one.")
    draft.separator = dialect.separator
    if not is_written:
        draft.csv |= dialect.settings
    columns = ", ".join(f"{quoted_text(name)}: 'varchar'" for name in dialect.names)
    return (
        f"read_csv({files}, auto_detect = false, header = true, skip = {dialect.skip}, "
        f"delim = {quoted_text(dialect.separator)}, quote = {quoted_text(dialect.quote)}, "
        f"escape = {quoted_text(dialect.escape)}, columns = {{{columns}}}, "
        "null_padding = false, ignore_errors = true)"
    )


def _draft(
    engine: duckdb.DuckDBPyConnection, columns: Sequence[Column], draft: Draft, wanted: str
) -> None:
    outcome = find_outcome(columns, wanted)
    others = list(columns)
    if outcome is None and wanted:
        raise ChurnError(
            f"The source has no column {wanted}{nearest(wanted, [one.name for one in columns])}."
        )
    if outcome is None:
        two = [column.name for column in columns if column.distinct == 2]
        draft.unsure.append(
            "no column says who left. Draft again and name it with --outcome"
            + (f", perhaps {' or '.join(two[:5])}." if two else " NAME.")
        )
    else:
        others = [column for column in columns if column.name != outcome.column]
        draft.columns["has_churned"] = outcome.column
        draft.when_set = outcome.when_set
        if outcome.values:
            draft.values["has_churned"] = dict(outcome.values)
        draft.unsure += outcome.questions
        for name in outcome.others:
            draft.leave_out(name, "it says who left, too")
        others = [column for column in others if column.name not in outcome.others]
    others = _without_empty(others, draft)
    others = _choose_key(engine, columns, others, draft)
    _choose_number_signs(others, draft)
    if outcome is not None:
        draft.churned, draft.known = _count_churned(engine, outcome)
        others = _without_leaks(engine, outcome, others, draft)
    for column in others:
        _describe(column, draft)


def _without_empty(columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Columns that say something, and say it first."""
    kept: list[Column] = []
    seen: dict[str, str] = {}
    for column in columns:
        twin = seen.get(column.fingerprint)
        if column.filled == 0:
            draft.leave_out(column.name, "it has no value", keep_out=False)
        elif column.distinct == 1 and column.filled == column.rows:
            draft.leave_out(column.name, "it has the same value everywhere", keep_out=False)
        elif twin is not None and column.distinct > 1:
            draft.leave_out(column.name, f"it agrees with {twin} in every row")
        elif _INDEX_NAME.search(plain(column.name)) and _is_index(column):
            draft.leave_out(column.name, "it numbers the rows")
        else:
            seen[column.fingerprint] = column.name
            kept.append(column)
    return kept


def _is_index(column: Column) -> bool:
    return column.is_unique and column.is_whole and column.smallest is not None


def _choose_key(
    engine: duckdb.DuckDBPyConnection,
    everything: Sequence[Column],
    columns: Sequence[Column],
    draft: Draft,
) -> list[Column]:
    """What identifies a customer: a unique column, else an id with what tells its rows apart."""
    rest = list(columns)
    named = [
        column for column in columns if _is_id_name(column.name) and not _has_fractions(column)
    ]
    unique = [column for column in named if column.is_unique]
    unique += [
        column
        for column in columns
        if column.is_unique
        and column not in unique
        and not _is_amount(column)
        and not is_personal(column.name)
    ]
    if unique:
        chosen = min(unique, key=lambda column: (known_name(column.name) != "user_id", 0))
        _take_id(chosen, draft)
        draft.key = ["user_id"]
        rest.remove(chosen)
        return rest
    repeating = [column for column in named if column.distinct >= 0.95 * column.filled]
    repeating += [
        column
        for column in named
        if known_name(column.name) == "user_id" and column not in repeating
    ]
    if not repeating:
        draft.key = [ROW_NUMBER]
        draft.unsure.append(
            "no column identifies a customer, so each row is one (key: row_number), and customers "
            "cannot be followed from one table to the next."
        )
        return rest
    identity = min(repeating, key=lambda column: known_name(column.name) != "user_id")
    _take_id(identity, draft)
    rest.remove(identity)
    draft.key = ["user_id"]
    repeats = identity.rows - identity.distinct
    for other in rest:
        ((together,),) = engine.execute(
            f"select count(distinct ({quoted_name(identity.name)}, {quoted_name(other.name)})) "
            "from loaded"
        ).fetchall()
        is_time = other.date_format is not None or (
            _TIME_NAME.search(plain(other.name)) and other.distinct <= _MAX_TIMES
        )
        if together != identity.rows:
            continue
        if is_time:
            latest = max(other.values)
            draft.unsure.append(
                f"{identity.name} repeats in {repeats} rows, one for each {other.name}: which is "
                f"meant? Export the rows of one {other.name} alone, such as {latest}; all others "
                "are rejected now."
            )
            draft.leave_out(other.name, "it tells the rows of one customer apart")
            rest.remove(other)
            return rest
        if other.distinct <= MAX_TEXTS and not other.is_number:
            name = _describe(other, draft)
            rest.remove(other)
            if name:
                draft.key.append(name)
                draft.unsure.append(
                    f"{identity.name} repeats in {repeats} rows, but not together with "
                    f"{other.name}: are these different customers?"
                )
            return rest
    if repeats > 0:
        draft.unsure.append(
            f"{identity.name} repeats in {repeats} rows. If each row is a customer, say key: "
            f"{ROW_NUMBER}."
        )
    return rest


def _take_id(column: Column, draft: Draft) -> None:
    draft.columns = {"user_id": column.name, **draft.columns}
    if known_name(column.name) != "user_id":
        draft.unsure.append(f"whether {column.name} identifies a customer.")


def _is_id_name(name: str) -> bool:
    return known_name(name) == "user_id" or bool(_ID_NAME.search(plain(name)))


def _has_fractions(column: Column) -> bool:
    return column.is_number and not column.is_whole


def _is_amount(column: Column) -> bool:
    """Numbers that are all different and yet no ids: with fractions, or with wide gaps."""
    if not column.is_number:
        return column.date_format is not None
    if not column.is_whole or column.smallest is None or column.largest is None:
        return True
    return column.largest - column.smallest > 3 * column.rows


def _choose_number_signs(columns: Sequence[Column], draft: Draft) -> None:
    """Decimal and thousands signs and signs around numbers, by what most values need."""
    numbers = [column for column in columns if column.is_number]
    commas = sum(column.forms["comma"] + column.forms["point_thousands"] for column in numbers)
    surely = sum(
        column.forms["decimal_comma"] + column.forms["point_thousands"] for column in numbers
    )
    mixed = sum(column.forms["comma_thousands"] - column.forms["comma"] for column in numbers)
    if commas and (surely or (draft.separator == ";" and mixed <= 0)):
        draft.csv["decimal"] = ","
        if sum(column.forms["point_thousands"] for column in numbers):
            draft.csv["thousands"] = "."
    elif commas or mixed > 0:
        draft.csv["thousands"] = ","
        if mixed <= 0:
            draft.unsure.append(
                "whether commas stand between thousands, as in 12,345; if they stand before "
                'decimals, write csv: {decimal: ","}.'
            )
    elif any(column.forms["apostrophes"] for column in numbers):
        draft.csv["thousands"] = "'"
    signs = "".join(sorted({sign for column in numbers for sign in column.signs}))
    if signs:
        draft.csv["signs"] = signs


def _left(outcome: Outcome) -> str:
    """SQL over ``loaded``: whether they left, null where nobody knows."""
    text = value_sql(outcome.column)
    words = {**dict.fromkeys(YES, "yes"), **dict.fromkeys(NO, "no")}
    if outcome.when_set:
        no = ", ".join(map(quoted_text, NO))
        far = f"regexp_matches({text}, {quoted_text(FAR)})"
        return f"coalesce(lower({text}) not in ({no}) and not {far}, false)"
    said = {word: ours for word, ours in outcome.values.items() if ours in ("yes", "no")}
    cases = [f"when {text} = {quoted_text(one)} then {ours == 'yes'}" for one, ours in said.items()]
    cases += [
        f"when lower({text}) = {quoted_text(one)} then {ours == 'yes'}"
        for one, ours in words.items()
    ]
    return f"(case {' '.join(cases)} end)"


def _count_churned(engine: duckdb.DuckDBPyConnection, outcome: Outcome) -> tuple[int, int]:
    """How many left, and of how many it is known."""
    ((churned, known),) = engine.execute(
        f"select count(*) filter (where {_left(outcome)}), count({_left(outcome)}) from loaded"
    ).fetchall()
    return int(churned), int(known)


def _without_leaks(
    engine: duckdb.DuckDBPyConnection, outcome: Outcome, columns: Sequence[Column], draft: Draft
) -> list[Column]:
    kept = []
    for column in columns:
        told = tells_outcome(engine, column, _left(outcome), draft.csv)
        if told:
            draft.leave_out(column.name, told)
        else:
            kept.append(column)
    return kept


def _describe(column: Column, draft: Draft) -> str:
    """An attribute that is known or the bank's own, or a column to keep out; returns the name."""
    kind = _kind(column)
    known = known_name(column.name)
    if known == "credit_score" and (column.largest or 0) <= _STARS:
        # Stars and marks are no credit scores.
        known = ""
    if known and known not in draft.columns and kind in _KNOWN_KINDS.get(known, ()):
        draft.columns[known] = column.name
        _describe_words(known, column, draft)
        return known
    reason = _why_not(column, kind)
    if reason:
        draft.leave_out(column.name, reason)
        return ""
    name = _own_name(column, draft)
    draft.columns[name] = column.name
    label = label_of(column.name) or name.replace("_", " ")
    entry: dict[str, Any] = {"name": name, "type": kind, "label": label}
    if column.date_format is not None:
        if column.other_format:
            draft.unsure.append(
                f"whether {column.name} is written as {column.date_format} or as "
                f"{column.other_format}; the first is taken (date_format)."
            )
        label = label.removeprefix("days since ").removeprefix("since ")
        label = f"days since {label.removesuffix(' date').removesuffix(' at')}"
        entry |= {"type": "integer", "label": label, "days_before": column.last_date}
        if column.date_format:
            entry["date_format"] = column.date_format
    if kind == "text" and (order := find_order(column.values)):
        entry["order"] = order
    if kind == "boolean" and (words := phrases_of(label)):
        entry |= words
    draft.attributes.append(entry)
    _describe_words(name, column, draft)
    return name


_NUMERIC = ("number", "integer")
_KNOWN_KINDS: Mapping[str, Sequence[str]] = {
    "age": _NUMERIC,
    "gender": ("text",),
    "city": ("text",),
    "credit_score": _NUMERIC,
    "equity_points": ("integer",),
    "balance": _NUMERIC,
    "product_count": ("integer",),
    "has_credit_card": ("boolean",),
    "is_active": ("boolean",),
    "estimated_income": _NUMERIC,
}


def _kind(column: Column) -> str:
    words = {value.lower() for value in column.values}
    if column.distinct <= 2 and words <= {*YES, *NO}:
        return "boolean"
    if column.date_format is not None:
        return "date"
    if column.is_number and not kind_of_code(column.name):
        return "integer" if column.is_whole and column.distinct <= 200 else "number"
    return "text"


def _why_not(column: Column, kind: str) -> str:
    """Why a column is no attribute; empty where it is one."""
    code = kind_of_code(column.name)
    if _is_id_name(column.name) and 2 * column.distinct > column.filled and not code:
        return f"it looks like an id: {column.distinct:,} different values"
    if is_personal(column.name) and kind == "text" and column.distinct > _FEW:
        return "it is called as names and addresses of persons are"
    if kind in ("date", "boolean", *_NUMERIC):
        return ""
    if code and column.distinct > MAX_TEXTS:
        return f"it is {code}, no amount, and has {column.distinct:,} different values"
    if column.distinct > MAX_TEXTS or 2 * column.distinct > column.filled > 20:
        return f"it is text with {column.distinct:,} different values, such as names"
    return ""


def _describe_words(name: str, column: Column, draft: Draft) -> None:
    """The bank's words for missing, and for genders."""
    words = {}
    if name == "gender":
        for value in column.values:
            for ours, theirs in _GENDERS.items():
                if value.lower() in theirs and value != ours:
                    words[value] = ours
    words |= dict.fromkeys(column.missing_words, "")
    if column.date_format is not None:
        far = [value for value in column.values if re.search(FAR, value)]
        words |= dict.fromkeys(far, "")
    if words:
        draft.values[name] = words


def _own_name(column: Column, draft: Draft) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", plain(column.name)).strip("_")
    others = {*draft.columns, *_KNOWN_KINDS, "user_id", "has_churned"}
    if name in _KNOWN_KINDS and f"{name}_group" not in others:
        return f"{name}_group"
    if not re.match(r"[a-z]", name) or name in others or clash(name, others):
        return f"attribute_{len(draft.attributes) + 1}"
    return name


def _entry(entry: Mapping[str, Any]) -> str:
    """A YAML mapping on one line."""

    def told(value: Any) -> str:
        if isinstance(value, Mapping):
            return _entry(value)
        if isinstance(value, list):
            return f"[{', '.join(map(_quoted, value))}]"
        return str(value) if _is_plain(str(value)) else _quoted(str(value))

    parts = [
        f"{one if _is_plain(one) else _quoted(one)}: {told(value)}" for one, value in entry.items()
    ]
    return "{" + ", ".join(parts) + "}"


def _is_plain(text: str) -> bool:
    """Whether YAML takes a word for itself."""
    words = ("yes", "no", "y", "n", "on", "off", "null", "true", "false")
    return bool(re.fullmatch(r"[a-z][a-z_]*", text)) and text not in words


def _quoted(text: str) -> str:
    return _on_one_line(json.dumps(text, ensure_ascii=False))


def _on_one_line(text: str) -> str:
    """A text without what YAML takes for the end of a line or does not take, by YAML's escapes."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
