"""A first look at the source, before dbt starts, and its text as DuckDB reads it."""

import codecs
import glob
import gzip
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, cast

import duckdb

from python_steps.common.errors import ChurnError, nearest

# What stands between a DuckDB file and one of its tables.
TABLE_MARK = "::"
_CHUNK = 1 << 20
_RETURN, _FEED = b"\r", b"\n"


def is_parquet(file: str) -> bool:
    """Whether a file is Parquet, by its name."""
    return file.lower().endswith((".parquet", ".pq"))


def source_files(source: str) -> list[str]:
    """The files of a path or glob, in alphabetical order; a table's file where it is one."""
    source = source.split(TABLE_MARK, 1)[0]
    return [source] if Path(source).exists() else sorted(glob.glob(source))  # noqa: PTH207 (a glob may be absolute)


def check_source(source: str, encoding: str = "utf-8") -> None:
    """Stop where the source cannot be a table at all; what it contains is checked by the build.

    Args:
        source: the path or glob of CSV or Parquet files, or a DuckDB file and a table in it.
        encoding: of CSV files.

    Raises:
        ChurnError: nothing is there, a folder is, or a file is empty, unreadable or of no known
            kind.
    """
    if Path(source).is_dir():
        raise ChurnError(
            f"{source} is a folder. Name the files in it, for example {Path(source) / '*.csv'}."
        )
    files = source_files(source)
    if not files:
        raise ChurnError(f"There is no file {source}. Set CHURN_SOURCE to the bank's table.")
    if TABLE_MARK in source:
        _check_table(*source.split(TABLE_MARK, 1))
        return
    headers: dict[str, str] = {}
    for file in files:
        start = _start(file)
        if is_parquet(file):
            if not start.startswith(b"PAR1"):
                raise ChurnError(f"{file} is not a Parquet file, although its name says so.")
            continue
        if _is_database(file, start):
            raise ChurnError(
                f"{file} is a DuckDB file. Name the table too: {file}{TABLE_MARK}customers"
            )
        if b"\0" in start and codecs.lookup(encoding).name not in ("utf-16", "utf-32"):
            raise ChurnError(
                f"{file} is binary, not text. Bring a CSV file, or a Parquet file whose name ends "
                "in .parquet."
            )
        text = start.decode(encoding, errors="replace").removeprefix("\ufeff")
        headers.setdefault(text.splitlines()[0].strip() if text.strip() else "", file)
    if len(headers) > 1:
        one, other = list(headers.values())[:2]
        raise ChurnError(
            f"{one} and {other} begin with different lines. Files that are read together need the "
            "same header line, with the columns in the same order."
        )


@contextmanager
def readable(source: str, encoding: str, folder: Path) -> Iterator[tuple[str, str]]:
    """The source as DuckDB reads it; what it does not read is written anew, in small pieces.

    That is text in another encoding than UTF-8, and lines that end in different ways.

    Args:
        source: the path or glob of CSV files; other sources are left as they are.
        encoding: theirs.
        folder: where there is room for them.

    Yields:
        The source to read, and the folder that stands for the original one; empty where the
        source is read as it is.

    Raises:
        ChurnError: a file is not in this encoding, or two files have one name.
    """
    files = source_files(source)
    is_text = TABLE_MARK not in source and not any(map(is_parquet, files))
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    if not is_text or (is_utf8 and not any(map(_line_ends_differ, files))):
        yield source, ""
        return
    with TemporaryDirectory(prefix=".churn_source_", dir=folder) as written:
        for file in files:
            target = Path(written) / Path(file).name.removesuffix(".gz")
            if target.exists():
                raise ChurnError(f"{target.name} is there twice. Read one folder at a time.")
            _write_readable(file, encoding, target)
        yield (
            str(target) if len(files) == 1 else str(Path(glob.escape(written)) / "*"),
            written,
        )


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
                raise ChurnError(
                    f"{file} is not in {encoding}: {error}. Name the encoding that it is in."
                ) from error


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


def _is_database(file: str, start: bytes) -> bool:
    return start[8:12] == b"DUCK"


def _check_table(file: str, table: str) -> None:
    if not _is_database(file, _start(file)):
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


def pattern(source: str) -> str:
    """A source as DuckDB takes it: a file whose name has brackets is still that file."""
    return glob.escape(source) if Path(source).is_file() else source


def absolute(source: str, folder: Path) -> str:
    """A source with an absolute path."""
    return os.path.normpath(folder / source)
