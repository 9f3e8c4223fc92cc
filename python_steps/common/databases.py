"""DuckDB files of this program and of others."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from python_steps.common.errors import ChurnError
from python_steps.common.sql import quoted_name, quoted_text

# A macro, which no tool lists among tables: what has it was made here. dbt's hook begin_run writes
# it into a warehouse that is new.
MARK = "bank_churn_mark"


def confine(
    connection: duckdb.DuckDBPyConnection, files: Sequence[str] = (), folder: str = ""
) -> None:
    """Let a connection open no more files, load no extension, and change no setting.

    A view may read any file, and somebody else may have written the view.

    Args:
        connection: what it has open or attached stays so.
        files: that it may open yet, or patterns.
        folder: in which it may read and write.
    """
    for setting, value in (
        ("allowed_paths", f"[{', '.join(map(quoted_text, files))}]"),
        ("allowed_directories", f"[{quoted_text(folder) if folder else ''}]"),
        ("enable_external_access", "false"),
        ("lock_configuration", "true"),
    ):
        connection.execute(f"set global {setting} = {value}")


def open_confined(file: Path, folder: str = "") -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file for reading, and nothing else; somebody may have put views into it.

    Args:
        file: the file.
        folder: in which the connection may write.

    Raises:
        duckdb.Error: the file cannot be read.
    """
    connection = duckdb.connect(str(file), read_only=True)
    connection.execute("set enable_progress_bar = false")
    confine(connection, folder=folder)
    return connection


def open_published(published: Path, folder: str = "") -> duckdb.DuckDBPyConnection:
    """Open a published file as any other, also while it is replaced.

    DuckDB opens a file once for its header and once for what is in it. Where a publication comes
    between, the two do not fit, which is an error; then the file is opened again.

    Args:
        published: the file.
        folder: in which the connection may write.

    Raises:
        duckdb.Error: the file cannot be read.
    """
    while True:
        before = _identity(published)
        try:
            return open_confined(published, folder)
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
        ChurnError: it cannot be read, as a folder, or it has something in it and that is no DuckDB
            database.
    """
    try:
        with file.open("rb") as opened:
            start = opened.read(12)
    except IsADirectoryError as error:
        raise ChurnError(f"{file} is a folder. Name a file in it.") from error
    except OSError as error:
        raise ChurnError(f"{file} cannot be read: {error.strerror}.") from error
    if start and start[8:] != b"DUCK":
        raise ChurnError(
            f"{file} is no DuckDB database, so it is left as it is. Name another file."
        )


def mark(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Mark an attached database as made by this program, which may replace it as a whole."""
    connection.execute(
        f"create or replace macro {quoted_name(database)}.main.{MARK}() as 'made by bank_churn'"
    )


def refuse_foreign(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Stop before a DuckDB file is replaced that this program did not make.

    Args:
        connection: an open connection to the file.
        file: the file, for the message.

    Raises:
        ChurnError: the file has tables or views, in whatever schema, and not our mark.
    """
    ((marks,),) = connection.execute(
        "select count(*) from duckdb_functions() "
        "where database_name = current_database() and function_name = ?",
        [MARK],
    ).fetchall()
    if marks:
        return
    held = connection.execute(
        """
        select schema_name || '.' || table_name from duckdb_tables()
        where database_name = current_database() and not internal
        union all
        select schema_name || '.' || view_name from duckdb_views()
        where database_name = current_database() and not internal
        order by all
        """
    ).fetchall()
    if held:
        names = ", ".join(name.removeprefix("main.") for (name,) in held[:3])
        raise ChurnError(
            f"{file} holds other tables ({names}) and does not carry the mark of a file made here, "
            "but would be replaced as a whole. Name another file, or remove this one yourself."
        )


def refuse_unpublished(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Stop before a DuckDB file is read as a published one that is none.

    Raises:
        ChurnError: the file has no table ``publication``.
    """
    tables = {name for (name,) in connection.execute("show tables").fetchall()}
    if "publication" not in tables:
        raise ChurnError(
            f"{file} holds other tables ({', '.join(sorted(tables)[:3])}) and is no published "
            "file. Name the one that churn build or churn publish wrote."
        )
