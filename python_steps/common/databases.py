"""DuckDB files of this program and of others."""

from pathlib import Path

import duckdb

from python_steps.common.errors import ChurnError


def open_published(published: Path) -> duckdb.DuckDBPyConnection:
    """Open a published file for reading.

    DuckDB opens a file once for its header and once for what is in it. Where a publication comes
    between, the two do not fit, which is an error; then the file is opened again.

    Raises:
        duckdb.Error: the file cannot be read.
    """
    while True:
        before = _identity(published)
        try:
            return duckdb.connect(str(published), read_only=True)
        except duckdb.Error:
            if _identity(published) == before:
                raise


def _identity(file: Path) -> tuple[int, int] | None:
    """What tells a file from another one at the same place; None where there is none."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def refuse_other_files(file: Path) -> None:
    """Stop before a file is replaced that is no DuckDB database; DuckDB itself opens CSV files too.

    Raises:
        ChurnError: the file has something in it, and that is no DuckDB database.
    """
    with file.open("rb") as opened:
        start = opened.read(12)
    if start and start[8:] != b"DUCK":
        raise ChurnError(
            f"{file} is no DuckDB database, so it is left as it is. Name another file."
        )


def refuse_foreign(connection: duckdb.DuckDBPyConnection, file: Path, *ours: str) -> None:
    """Stop before a DuckDB file is replaced that this program did not write.

    Args:
        connection: an open connection to the file.
        file: the file, for the message.
        ours: how tables or views begin of which every file of ours has one.

    Raises:
        ChurnError: the file has tables, but none of ours.
    """
    tables = [name for (name,) in connection.execute("show tables").fetchall()]
    if tables and not any(name.startswith(ours) for name in tables):
        raise ChurnError(
            f"{file} holds other tables ({', '.join(tables[:3])}), and this build would replace "
            "the whole file. Name another file."
        )
