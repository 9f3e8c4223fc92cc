"""A first mapping of a table, from the names and values of its columns."""

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir

import duckdb

from python_steps.common.databases import confine
from python_steps.common.errors import ChurnError
from python_steps.common.scratch import scratch
from python_steps.common.sql import quoted_name, quoted_text
from python_steps.intake.mapping import clash
from python_steps.intake.source import Readable, Source

# How columns are usually called, without case, blanks and signs.
_NAMES = {
    "user_id": ("userid", "customerid", "clientid", "clientnum", "custid", "customernumber", "id"),
    "has_churned": (
        "churn", "churned", "exited", "attrition", "attritionflag", "left", "haschurned", "отток",
    ),
    "city": ("city", "town", "город"),
    "gender": ("gender", "sex", "пол"),
    "age": ("age", "customerage", "возраст"),
    "credit_score": ("creditscore", "score", "rating", "кредитныйрейтинг"),
    "equity_points": ("equity", "equitypoints", "property"),
    "balance": ("balance", "accountbalance", "баланс"),
    "product_count": ("products", "numofproducts", "numberofproducts", "productcount", "продукты"),
    "has_credit_card": ("creditcard", "hascrcard", "hascreditcard", "cc"),
    "is_active": ("isactive", "isactivemember", "active", "lastactivity"),
    "estimated_income": (
        "income", "estimatedsalary", "salary", "estsalary", "estimatedincome", "доход",
    ),
}  # fmt: skip
_GENDERS = {
    "male": ("m", "male", "man", "м", "муж", "мужской"),
    "female": ("f", "female", "woman", "ж", "жен", "женский"),
}
_YES = ("1", "1.0", "true", "t", "yes", "y")
_NO = ("0", "0.0", "false", "f", "no", "n")
_LEFT = re.compile(r"attrit|exit|left|churn|clos|cancel|yes|ушел|ушёл", re.IGNORECASE)
_STAYED = re.compile(r"exist|stay|activ|retain|\bno\b|not |остал", re.IGNORECASE)
# So many rows are looked at, and a text with more values is no attribute.
_ROWS, _MAX_VALUES = 20_000, 50
# The longest line that the sniffer puts up with, in bytes; a build rejects one of two millions.
_LINE = 16_000_000


@dataclass(frozen=True)
class Column:
    """What the first rows of a column hold.

    Attributes:
        name: in the source.
        filled, distinct: how many values there are, and how many different ones.
        numbers, integers, dates: how many of the values are such.
        values: the most frequent ones.
    """

    name: str
    filled: int
    distinct: int
    numbers: int
    integers: int
    dates: int
    values: Sequence[str]


@dataclass
class Draft:
    """A mapping as text, and what nobody can know from the table."""

    key: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    when_set: bool = False
    keep_out: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)

    def text(self, source: str) -> str:
        """YAML with a comment where the draft is unsure."""
        lines = [f"# Drafted from {_quoted(source)}. Read it before use."]
        lines += [f"# Unsure: {_on_one_line(one)}" for one in self.unsure]
        lines += [f"key: [{', '.join(self.key)}]", "", "columns:"]
        lines += [f"  {name}: {_quoted(column)}" for name, column in self.columns.items()]
        if self.when_set:
            lines += ["", "churned_when_set: true"]
        if self.values:
            lines += ["", "values:"]
            for name, words in self.values.items():
                said = ", ".join(f"{_quoted(one)}: {_quoted(ours)}" for one, ours in words.items())
                lines.append(f"  {name}: {{{said}}}")
        if self.keep_out:
            lines += ["", f"keep_out: [{', '.join(map(_quoted, self.keep_out))}]"]
        if self.attributes:
            lines += ["", "attributes:"]
            for name, kind, label in self.attributes:
                lines.append(f"  - {{name: {name}, type: {kind}, label: {_quoted(label)}}}")
        return "\n".join(lines) + "\n"


def draft_mapping(source: str, encoding: str = "") -> Draft:
    """Look at the columns of a source and draft a mapping.

    Args:
        source: as in ``churn build``.
        encoding: of a CSV.

    Raises:
        ChurnError: the source cannot be read.
    """
    looked_at = Source.of(source, encoding)
    with scratch(Path(gettempdir()), "churn_mapping_") as folder:
        try:
            with looked_at.readable(folder) as readable, duckdb.connect() as engine:
                columns = _look(engine, looked_at, readable)
                draft = Draft()
                for column in list(_match(columns, draft)):
                    _describe(column, draft)
                _choose_key(engine, draft)
        except duckdb.Error as error:
            raise ChurnError(f"{source} cannot be read: {error}") from error
    _describe_outcome(columns, draft)
    _describe_gender(columns, draft)
    if "user_id" not in draft.columns:
        draft.unsure.append("no column identifies a customer; name it under columns and key.")
    if "has_churned" not in draft.columns:
        draft.unsure.append("no column says who left; name it as has_churned under columns.")
    return draft


def _look(engine: duckdb.DuckDBPyConnection, source: Source, readable: Readable) -> list[Column]:
    files = f"[{', '.join(map(quoted_text, readable.patterns))}]"
    if source.kind == "duckdb":
        engine.execute(f"attach {quoted_text(source.files[0])} as bank (read_only)")
        origin = "bank." + ".".join(map(quoted_name, source.table.split(".")))
    elif source.kind == "parquet":
        origin = f"read_parquet({files})"
    else:
        options = f"all_varchar = true, ignore_errors = true, max_line_size = {_LINE}"
        origin = f"read_csv({files}, {options})"
    confine(engine, (*readable.patterns, *readable.files))
    engine.execute(f"create table first_rows as from {origin} limit {_ROWS}")
    found = []
    for name, *_ in engine.execute("describe first_rows").fetchall():
        value = f"nullif(trim(cast({quoted_name(name)} as varchar)), '')"
        counts = engine.execute(
            f"select count({value}), count(distinct {value}), "
            f"count(try_cast({value} as double)), "
            f"count(*) filter (where regexp_full_match({value}, '[+-]?[0-9]+([.]0+)?')), "
            f"count(try_cast({value} as date)) from first_rows"
        ).fetchone()
        values = engine.execute(
            f"select {value} as one from first_rows where {value} is not null "
            "group by one order by count(*) desc, one limit 10"
        ).fetchall()
        filled, distinct, numbers, integers, dates = counts or (0,) * 5
        frequent = [one for (one,) in values]
        found.append(Column(name, filled, distinct, numbers, integers, dates, frequent))
    return found


def _match(columns: Sequence[Column], draft: Draft) -> Iterator[Column]:
    """Give the known names their columns; what is left are the bank's own."""
    usual = {spelt: name for name, all_spelt in _NAMES.items() for spelt in all_spelt}
    for column in columns:
        plain = re.sub(r"[\W_]+", "", column.name.lower())
        name = usual.get(plain)
        near = difflib.get_close_matches(plain, usual, n=1, cutoff=0.86)
        if not name and near:
            name = usual[near[0]]
            draft.unsure.append(f"whether {column.name} is {name}.")
        if name and name not in draft.columns:
            draft.columns[name] = column.name
        else:
            yield column


def _describe(column: Column, draft: Draft) -> None:
    """An attribute of the bank's own, or a column to keep out."""
    kind = _kind(column)
    if kind == "constant":
        draft.unsure.append(f"{column.name} has one value only, or none, and is left out.")
    elif kind == "identity":
        if "user_id" not in draft.columns:
            draft.columns["user_id"] = column.name
            draft.unsure.append(f"whether {column.name} identifies a customer.")
        else:
            draft.keep_out.append(column.name)
            draft.unsure.append(f"{column.name} looks like names or numbers, and is kept out.")
    else:
        apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column.name)
        words = re.sub(r"[\W_]+", " ", apart.lower()).strip()
        name = re.sub(r"[^a-z0-9]+", "_", words).strip("_")
        others = {*draft.columns, *_NAMES}
        if not re.match(r"[a-z]", name) or name in others or clash(name, others):
            name = f"attribute_{len(draft.attributes) + 1}"
        draft.columns[name] = column.name
        draft.attributes.append((name, kind, words or name))


def _kind(column: Column) -> str:
    words = {value.lower() for value in column.values}
    if column.distinct <= 1:
        return "constant"
    if column.distinct == 2 and words <= {*_YES, *_NO}:
        return "boolean"
    is_number = column.numbers >= 0.95 * column.filled
    is_whole = column.integers == column.numbers
    if (
        column.distinct > 0.95 * column.filled
        and column.filled > 20
        and (is_whole or not is_number)
    ):
        return "identity"
    if is_number:
        return "integer" if is_whole and column.distinct <= 200 else "number"
    return "text" if column.distinct <= _MAX_VALUES else "identity"


def _choose_key(engine: duckdb.DuckDBPyConnection, draft: Draft) -> None:
    """The user id, and where ids repeat also the attribute that tells their customers apart."""
    if "user_id" not in draft.columns:
        return

    def repeated(*names: str) -> int:
        quoted = ", ".join(quoted_name(draft.columns[name]) for name in names)
        ((rows,),) = engine.execute(
            f"select count(*) - count(distinct ({quoted})) from first_rows"
        ).fetchall()
        return int(rows)

    draft.key = ["user_id"]
    repeats = repeated("user_id")
    if not repeats:
        return
    texts = [name for name in draft.columns if name in ("city",)]
    texts += [name for name, kind, _ in draft.attributes if kind == "text"]
    for name in texts:
        if not repeated("user_id", name):
            draft.key.append(name)
            draft.unsure.append(
                f"{draft.columns['user_id']} repeats in {repeats} rows, but not together with "
                f"{draft.columns[name]}: are these different customers?"
            )
            return
    draft.unsure.append(f"{draft.columns['user_id']} repeats in {repeats} rows.")


def _describe_outcome(columns: Sequence[Column], draft: Draft) -> None:
    """The bank's words for leaving, where they are not yes and no."""
    named = [column for column in columns if column.name == draft.columns.get("has_churned")]
    if not named:
        return
    (outcome,) = named
    words = {value.lower() for value in outcome.values}
    if words <= {*_YES, *_NO}:
        return
    if outcome.dates >= 0.95 * outcome.filled:
        draft.when_set = True
        return
    said = {}
    for value in outcome.values:
        if _LEFT.search(value) and not _STAYED.search(value):
            said[value] = "yes"
        elif _STAYED.search(value):
            said[value] = "no"
    draft.values["has_churned"] = said
    draft.unsure.append(f"what {', '.join(outcome.values[:5])} in {outcome.name} mean.")


def _describe_gender(columns: Sequence[Column], draft: Draft) -> None:
    for column in columns:
        if column.name == draft.columns.get("gender"):
            words = {
                value: ours
                for value in column.values
                for ours, theirs in _GENDERS.items()
                if value.lower() in theirs and value != ours
            }
            if words:
                draft.values["gender"] = words


def _quoted(text: str) -> str:
    return _on_one_line(json.dumps(text, ensure_ascii=False))


def _on_one_line(text: str) -> str:
    """A text without what YAML takes for the end of a line or does not take, by YAML's escapes."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
