"""Publishing: the marts copied into a new DuckDB file, and the file swapped in.

DuckDB lets one process write a file or many read it. So readers never see the file in which dbt
works, and the published file is replaced as a whole: who has it open keeps the old one.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import duckdb

from python_steps.errors import ChurnError

# Drivers from DuckDB 1.4 on read it; a file in DuckDB 2's own default opens in no older one.
STORAGE_VERSION = "v1.4.0"


def publish(warehouse: Path, published: Path, marts: Sequence[str]) -> None:
    """Copy marts from the warehouse into a new file and put it in the published one's place.

    Rows keep the warehouse's order and comments come along. Until the last step the published
    file is untouched; the last step replaces it at once.

    Args:
        warehouse: the DuckDB file that dbt built; nobody may have it open for writing.
        published: the file to replace; its folder must exist.
        marts: names of tables or views of the warehouse's main schema.

    Raises:
        ChurnError: someone has the published file open for writing, it is not ours to replace, or
            it cannot be written.
    """
    check_target(published)
    new = published.with_name(published.name + ".tmp")
    new_log = new.with_name(new.name + ".wal")
    try:
        _discard(new, new_log)
        _copy(warehouse, new, marts)
        if new_log.exists():
            raise ChurnError(f"{new} was not written to its end; nothing was published.")
        _sync(new)
        new.replace(published)
        if os.name == "posix":
            _sync(published.parent)
    except (duckdb.Error, OSError) as error:
        _discard(new, new_log)
        raise ChurnError(
            f"{published} could not be written, so it is as it was: {error}"
        ) from error


def check_target(published: Path) -> None:
    """Stop where a published file may not be replaced.

    Args:
        published: the file to replace, which may not exist yet.

    Raises:
        ChurnError: someone has it open for writing, or it is not ours to replace.
    """
    log = published.with_name(published.name + ".wal")
    if log.exists():
        raise ChurnError(
            f"{log} exists: a program has {published.name} open for writing, or crashed while "
            "it had. Close that program (open the file read-only instead), then open and close "
            "the file once with DuckDB to let it finish, or delete both files."
        )
    if published.exists():
        refuse_other_files(published)
        try:
            with duckdb.connect(str(published), read_only=True) as connection:
                refuse_foreign(connection, published, "publication")
        except duckdb.Error as error:
            raise ChurnError(
                f"{published} exists and cannot be read as a published file, so it is left as it "
                f"is: {error}"
            ) from error


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


def refuse_foreign(connection: duckdb.DuckDBPyConnection, file: Path, marker: str) -> None:
    """Stop before a DuckDB file is replaced that this program did not write.

    Args:
        connection: an open connection to the file.
        file: the file, for the message.
        marker: a table or view that every file of ours has.

    Raises:
        ChurnError: the file has tables, but not the marker.
    """
    tables = [name for (name,) in connection.execute("show tables").fetchall()]
    if tables and marker not in tables:
        raise ChurnError(
            f"{file} holds other tables ({', '.join(tables[:3])}), and this build would replace "
            "the whole file. Name another file."
        )


def _copy(warehouse: Path, new: Path, marts: Sequence[str]) -> None:
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"attach {_text(warehouse)} as work (read_only)")
        connection.execute(
            f"attach {_text(new)} as publication (storage_version '{STORAGE_VERSION}')"
        )
        for mart in marts:
            connection.execute(
                f"create table publication.main.{_name(mart)} as from work.main.{_name(mart)}"
            )
            _copy_comments(connection, mart)
        connection.execute("checkpoint publication")
        connection.execute("detach publication")


def _copy_comments(connection: duckdb.DuckDBPyConnection, mart: str) -> None:
    target = f"publication.main.{_name(mart)}"
    comments = connection.execute(
        """
        select null as column_name, comment from duckdb_tables()
        where database_name = 'work' and table_name = $mart
        union all
        select null, comment from duckdb_views() where database_name = 'work' and view_name = $mart
        union all
        select column_name, comment from duckdb_columns()
        where database_name = 'work' and table_name = $mart
        """,
        {"mart": mart},
    ).fetchall()
    for column, comment in comments:
        if comment is not None:
            subject = f"table {target}" if column is None else f"column {target}.{_name(column)}"
            connection.execute(f"comment on {subject} is {_text(comment)}")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
