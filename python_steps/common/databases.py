"""DuckDB files of this program and of others."""

from pathlib import Path

import duckdb

from python_steps.common.errors import ChurnError
from python_steps.common.sql import quoted_name

# A macro, which no tool lists among tables: what has it was made here. dbt's hook begin_run writes
# it into a warehouse that is new.
MARK = "bank_churn_mark"


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
