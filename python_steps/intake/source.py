"""The source of a build: what it is, before dbt starts, and its text as DuckDB reads it."""

import codecs
import glob
import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal, cast

import duckdb

from python_steps.common.errors import ChurnError, nearest
from python_steps.common.scratch import scratch
from python_steps.intake.encoding import first_pieces, likely_encoding, marked_encoding
from python_steps.intake.excel import is_workbook, write_sheet

Kind = Literal["csv", "parquet", "duckdb", "excel"]

# What stands between a DuckDB file and one of its tables, or an Excel file and a sheet.
TABLE_MARK = "::"
_CHUNK = 1 << 20
# So many lines that are no UTF-8 may be damaged ones.
_FEW_LINES = 10
_RETURN, _FEED = b"\r", b"\n"


@dataclass(frozen=True)
class Readable:
    """A source as DuckDB reads it.

    Attributes:
        name: as the source was named, for people.
        kind: of the source.
        files: what to read, by name and not as patterns; none where the source is a table.
        stand_in: the folder in which its text was written anew; empty where it was not.
        original: the folder for which that one stands.
    """

    name: str
    kind: Kind
    files: Sequence[str] = ()
    stand_in: str = ""
    original: str = ""

    @property
    def patterns(self) -> Sequence[str]:
        """The files as the engine takes them: a name that has brackets is still that name."""
        return [glob.escape(file) for file in self.files]

    def environment(self) -> dict[str, str]:
        """The variables by which macros find it."""
        return {
            "CHURN_SOURCE": self.name,
            "CHURN_SOURCE_KIND": self.kind,
            "CHURN_SOURCE_FILES": json.dumps(self.patterns) if self.files else "",
            "CHURN_STAND_IN": self.stand_in,
            "CHURN_ORIGINAL": self.original,
        }


@dataclass(frozen=True)
class Source:
    """A bank's table, looked at once.

    Attributes:
        name: an absolute path or glob, or a DuckDB file and a table, as ``bank.duckdb::customers``,
            or an Excel file and, where it has several with data, a sheet.
        kind: ``csv``, ``parquet``, ``duckdb`` or ``excel``.
        files: the files that it is, in alphabetical order; at least one.
        table: of a DuckDB file, with its schema where that is said, or the sheet; else empty.
        encoding: of CSV files.
        dialect: what is said of how they are written, as under ``csv`` in a mapping.
    """

    name: str
    kind: Kind
    files: Sequence[str]
    table: str = ""
    encoding: str = "utf-8"
    dialect: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, name: str, encoding: str = "", dialect: Mapping[str, str] | None = None
    ) -> "Source":
        """Look at a source, and stop where it cannot be a table at all.

        Args:
            name: the path or glob of CSV or Parquet files, or a DuckDB file and a table in it.
            encoding: of CSV files; where it is empty, that of the dialect, or UTF-8.
            dialect: what a mapping says under ``csv``.

        Raises:
            ChurnError: nothing is there, a folder is, or a file is empty, unreadable or of no
                known kind.
        """
        if Path(name).is_dir():
            raise ChurnError(
                f"{name} is a folder. Name the files in it, for example {Path(name) / '*.csv'}."
            )
        place, mark, table = name.partition(TABLE_MARK)
        if Path(place).exists() and not Path(place).is_file():
            raise ChurnError(f"{place} is no regular file, which is read more than once.")
        # A glob may be absolute, which those of pathlib may not.
        found = [place] if Path(place).exists() else sorted(glob.glob(place))  # noqa: PTH207
        files = [file for file in found if Path(file).is_file()]
        if not files:
            raise ChurnError(f"There is no file {name}. Set CHURN_SOURCE to the bank's table.")
        dialect = dialect or {}
        start = _start(files[0])
        encoding = encoding or dialect.get("encoding", "") or marked_encoding(start) or "utf-8"
        kind: Kind = "csv"
        if is_workbook(files[0], start):
            kind = "excel"
        elif mark:
            kind = "duckdb"
        elif _is_parquet(start):
            kind = "parquet"
        source = cls(name, kind, files, table, encoding, dialect)
        source._refuse_what_is_no_table()
        return source

    @contextmanager
    def readable(self, folder: Path) -> Iterator[Readable]:
        """The source as DuckDB reads it; what it does not read is written anew, in small pieces.

        That is text in another encoding than UTF-8, and lines that end in different ways.

        Args:
            folder: where there is room.

        Raises:
            ChurnError: a file is not in the encoding, or two files have one name.
        """
        if self.kind == "excel":
            with scratch(folder, ".churn_source_") as written:
                targets = []
                for file in self.files:
                    targets.append(str(written / Path(file).name))
                    write_sheet(file, self.table, Path(targets[-1]))
                origin = str(Path(self.files[0]).parent)
                yield Readable(self.name, "csv", targets, str(written), origin)
            return
        is_utf8 = codecs.lookup(self.encoding).name == "utf-8"
        if self.kind != "csv" or (is_utf8 and not any(map(_line_ends_differ, self.files))):
            yield Readable(self.name, self.kind, () if self.kind == "duckdb" else self.files)
            return
        with scratch(folder, ".churn_source_") as written:
            targets = []
            for file in self.files:
                target = written / Path(file).name.removesuffix(".gz")
                if target.exists():
                    raise ChurnError(f"{target.name} is there twice. Read one folder at a time.")
                _write_readable(file, self.encoding, target)
                targets.append(str(target))
            yield Readable(self.name, self.kind, targets, str(written), str(Path(self.name).parent))

    def _refuse_what_is_no_table(self) -> None:
        if self.kind == "duckdb":
            _refuse_no_table(self.files[0], self.table)
        if self.kind in ("duckdb", "excel"):
            return
        starts = {file: _start(file) for file in self.files}
        kinds = {_is_parquet(start): file for file, start in starts.items()}
        if len(kinds) > 1:
            raise ChurnError(
                f"{kinds[True]} is Parquet and {kinds[False]} is not. Files that are read together "
                "must be of one kind."
            )
        headers: dict[str, str] = {}
        for file, start in starts.items():
            if _is_parquet(start):
                continue
            if file.lower().endswith((".parquet", ".pq")):
                raise ChurnError(f"{file} is not a Parquet file, although its name says so.")
            if _is_database(start):
                raise ChurnError(
                    f"{file} is a DuckDB file. Name the table too: {file}{TABLE_MARK}customers"
                )
            has_zeros = codecs.lookup(self.encoding).name.startswith(("utf-16", "utf-32"))
            if b"\0" in start and not has_zeros:
                raise ChurnError(
                    f"{file} is binary, not text. Bring a CSV file, or a Parquet file whose name "
                    "ends in .parquet."
                )
            if self.encoding == "utf-8":
                self._refuse_another_encoding(file)
            headers.setdefault(_first_line(file, self.encoding), file)
        if len(headers) > 1:
            one, other = list(headers.values())[:2]
            raise ChurnError(
                f"{one} and {other} begin with different lines. Files that are read together need "
                "the same header line, with the columns in the same order."
            )

    def _refuse_another_encoding(self, file: str) -> None:
        """Stop where the header or much of the beginning is no UTF-8; single lines are rejected."""
        start = b"".join(first_pieces(_pieces(file), 1 << 16))
        lines = start.split(b"\n")[:200]
        lines = lines[:-1] or lines
        wrong = [not _is_utf8(line) for line in lines]
        if wrong[0] or sum(wrong) >= max(_FEW_LINES, len(wrong) // 5):
            likely = likely_encoding(_pieces(file))
            remedy = f"--encoding {likely}, or csv: {{encoding: {likely}}} in the mapping"
            raise ChurnError(
                f"{file} is not UTF-8; "
                + (
                    "name the encoding that it is in: --encoding NAME."
                    if likely == "?"
                    else f"it reads well as {likely}. Say so: {remedy}."
                )
            )


def likely_encoding_of(file: str) -> str:
    """The encoding of a text file that is no UTF-8; empty where it is, or no text at all.

    Raises:
        ChurnError: the file cannot be read.
    """
    start = _start(file)
    if _is_parquet(start) or _is_database(start) or marked_encoding(start):
        return ""
    likely = likely_encoding(_pieces(file))
    return "" if likely == "?" else likely


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_parquet(start: bytes) -> bool:
    return start.startswith(b"PAR1")


def _first_line(file: str, encoding: str) -> str:
    """The first line of a text that has something in it, however long."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    text = ""
    for piece in _pieces(file, 1 << 16):
        try:
            text = (text + decoder.decode(piece)).removeprefix("\ufeff").lstrip()
        except UnicodeError as error:
            raise _not_in(file, encoding, error) from error
        if len(text.splitlines()) > 1:
            break
    return text.splitlines()[0].strip() if text else ""


def _line_ends_differ(file: str) -> bool:
    """Whether not all lines end in a line feed, and not all in a carriage return and one."""
    returns = pairs = feeds = 0
    last = b""
    for piece in _pieces(file):
        feeds += piece.count(_FEED)
        if _RETURN in piece or last == _RETURN:
            returns += piece.count(_RETURN)
            pairs += (last + piece).count(_RETURN + _FEED)
        last = piece[-1:]
    return returns > 0 and not returns == pairs == feeds


def _write_readable(file: str, encoding: str, target: Path) -> None:
    # Bytes that are no UTF-8 stay, and the line that has them is rejected as malformed.
    errors = "surrogateescape" if codecs.lookup(encoding).name == "utf-8" else "strict"
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(encoding)(errors), translate=True
    )
    with target.open("w", encoding="utf-8", errors=errors, newline="") as written:
        for piece in _pieces(file):
            try:
                written.write(decoder.decode(piece))
            except UnicodeError as error:
                raise _not_in(file, encoding, error) from error


def _not_in(file: str, encoding: str, error: UnicodeError) -> ChurnError:
    return ChurnError(f"{file} is not in {encoding}: {error}. Name the encoding that it is in.")


def _start(file: str) -> bytes:
    start = next(_pieces(file, 4096), b"")
    if not start.strip():
        raise ChurnError(
            f"{file} is empty. It needs a header line with column names and one row per customer."
        )
    return start


def _pieces(file: str, size: int = _CHUNK) -> Iterator[bytes]:
    try:
        with _opened(file) as opened:
            while piece := opened.read(size):
                yield piece
    except gzip.BadGzipFile as error:
        raise ChurnError(f"{file} is not compressed by gzip, although its name says so.") from error
    except (OSError, EOFError) as error:
        raise ChurnError(f"{file} cannot be read: {error}.") from error


def _opened(file: str) -> IO[bytes]:
    if file.lower().endswith(".gz"):
        return cast(IO[bytes], gzip.open(file))
    return Path(file).open("rb")


def _is_database(start: bytes) -> bool:
    return start[8:12] == b"DUCK"


def _refuse_no_table(file: str, table: str) -> None:
    if not _is_database(_start(file)):
        raise ChurnError(f"{file} is not a DuckDB file, so it has no table {table}.")
    try:
        with duckdb.connect(file, read_only=True) as connection:
            present = [
                f"{schema}.{name}"
                for schema, name in connection.execute(
                    "select table_schema, table_name from information_schema.tables "
                    "where table_catalog = current_database() order by all"
                ).fetchall()
            ]
    except duckdb.Error as error:
        raise ChurnError(f"{file} cannot be opened: {error}") from error
    if f"main.{table}" not in present and table not in present:
        names = [name.split(".", 1)[1] for name in present]
        raise ChurnError(
            f"{file} has no table {table}{nearest(table, names)}. It has: "
            f"{', '.join(present) or 'none'}."
        )
