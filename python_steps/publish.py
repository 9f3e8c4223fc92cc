"""Publishing: the marts copied into a new DuckDB file, and the file swapped in.

DuckDB lets one process write a file or many read it. So readers never see the file in which dbt
works, and the published file is replaced as a whole: who has it open keeps the old one.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from python_steps.errors import ChurnError

# Drivers from DuckDB 1.4 on read it; a file in DuckDB 2's own default opens in no older one.
STORAGE_VERSION = "v1.4.0"
# How long a publication waits for another one of the same file, in seconds.
PATIENCE = 60.0


@dataclass(frozen=True)
class Mart:
    """A table to publish.

    Attributes:
        name: of a table or view of the warehouse's main schema.
        is_about_customers: it has a row per customer, or per row of the source.
        counts: columns that count customers, by which small cells are told.
        within: the column whose values have totals elsewhere, so that one small cell alone could
            be computed from the others; empty for the table as a whole, None where there are no
            such totals.
        view: the query over other published tables that it is, where it is published as a view;
            else empty.
    """

    name: str
    is_about_customers: bool = False
    counts: tuple[str, ...] = ()
    within: str | None = None
    view: str = ""


@dataclass(frozen=True)
class Contents:
    """What is published.

    Attributes:
        aggregates_only: leave out tables about single customers.
        minimum_cell: leave out rows that count fewer customers than this, but for none.
        storage_version: of the DuckDB file.
    """

    aggregates_only: bool = False
    minimum_cell: int = 0
    storage_version: str = STORAGE_VERSION


@dataclass(frozen=True)
class Limits:
    """What DuckDB may take; empty texts leave it to DuckDB.

    Attributes:
        threads: how many.
        memory: as in 4GB.
        spill: the folder for what does not fit into it.
    """

    threads: str = ""
    memory: str = ""
    spill: str = ""

    def apply(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Set them for the database of a connection."""
        for setting, value in (
            ("threads", self.threads),
            ("memory_limit", self.memory),
            ("temp_directory", self.spill),
        ):
            if value:
                connection.execute(f"set global {setting} = {_text(value)}")


def publish(
    warehouse: Path,
    published: Path,
    marts: Sequence[Mart],
    contents: Contents | None = None,
    limits: Limits | None = None,
) -> None:
    """Copy marts from the warehouse into a new file and put it in the published one's place.

    Rows keep the warehouse's order and comments come along. Until the last step the published
    file is untouched; the last step replaces it at once. Publications of one file take turns.

    Args:
        warehouse: the DuckDB file that dbt built; nobody may have it open for writing.
        published: the file to replace; its folder must exist.
        marts: what to copy, ``publication`` among it.
        contents: what of it.
        limits: what DuckDB may take.

    Raises:
        ChurnError: someone has the published file open for writing, it is not ours to replace, or
            it cannot be written.
    """
    new = published.with_name(published.name + ".tmp")
    new_log = new.with_name(new.name + ".wal")
    busy = f"Another build is publishing to {published}. Wait for it, or name another file."
    with alone(published, busy, PATIENCE):
        check_target(published)
        try:
            _discard(new, new_log)
            _copy(warehouse, new, marts, contents or Contents(), limits or Limits())
            if new_log.exists():
                raise ChurnError(f"{new} was not written to its end; nothing was published.")
            _sync(new)
            new.replace(published)
            if os.name == "posix":
                _sync(published.parent)
        except (duckdb.Error, OSError) as error:
            with suppress(OSError):
                _discard(new, new_log)
            raise ChurnError(
                f"{published} could not be written, so it is as it was: {error}"
            ) from error


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


@contextmanager
def alone(file: Path, busy: str, patience: float) -> Iterator[None]:
    """Hold the file's lock, ``<file>.lock``, which the system frees when a process ends anyhow.

    Args:
        file: what to work on alone.
        busy: what to say where another process holds it.
        patience: how long to wait for it, in seconds.

    Raises:
        ChurnError: another process holds it, or the lock cannot be written.
    """
    lock = FileLock(file.with_name(file.name + ".lock"))
    try:
        lock.acquire(timeout=patience)
    except Timeout as error:
        raise ChurnError(busy) from error
    except OSError as error:
        raise ChurnError(f"{file} cannot be written: {error}") from error
    try:
        yield
    finally:
        lock.release()


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


def _copy(
    warehouse: Path, new: Path, marts: Sequence[Mart], contents: Contents, limits: Limits
) -> None:
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        # What does not fit into memory goes beside the file, not into the current folder.
        connection.execute(f"set temp_directory = {_text(new.with_name(new.name + '.spill'))}")
        limits.apply(connection)
        connection.execute(f"attach {_text(warehouse)} as work (read_only)")
        connection.execute(
            f"attach {_text(new)} as publication "
            f"(storage_version {_text(contents.storage_version)})"
        )
        # One transaction: every one ends with a wait for the disk.
        connection.execute("begin")
        suppressed = 0
        kept = [
            mart for mart in marts if not (contents.aggregates_only and mart.is_about_customers)
        ]
        for mart in kept:
            if mart.view:
                continue
            source, target = f"work.main.{_name(mart.name)}", f"publication.main.{_name(mart.name)}"
            rows = _kept(mart, source, contents.minimum_cell)
            connection.execute(f"create table {target} as {rows}")
            # A view would be computed again to be counted.
            if contents.minimum_cell > 1 and mart.counts:
                ((left_out,),) = connection.execute(
                    f"select (select count(*) from {source}) - (select count(*) from {target})"
                ).fetchall()
                suppressed += left_out
        # Views name no database, as the file may be attached under any name.
        connection.execute("use publication")
        for mart in kept:
            if mart.view:
                connection.execute(f"create view main.{_name(mart.name)} as {mart.view}")
        connection.execute("use memory")
        _copy_comments(connection)
        connection.execute(
            "update publication.main.publication set contents = $contents, "
            "minimum_cell = $minimum_cell, cells_suppressed = $suppressed",
            {
                "contents": "aggregates" if contents.aggregates_only else "everything",
                "minimum_cell": contents.minimum_cell,
                "suppressed": suppressed,
            },
        )
        connection.execute("commit")
        connection.execute("checkpoint publication")
        connection.execute("detach publication")


def _kept(mart: Mart, source: str, minimum_cell: int) -> str:
    """The rows of a mart that are published, as SQL.

    Rows that count too few customers are left out. Where the rows add up to a total that is known,
    a single such row could be computed from the others: the smallest of these is left out too.
    """
    if not mart.counts or minimum_cell <= 1:
        return f"from {source}"
    small = " or ".join(
        f"coalesce({_name(count)} between 1 and {minimum_cell - 1}, false)" for count in mart.counts
    )
    if mart.within is None:
        return f"from {source} where not ({small})"
    partition = f"partition by {_name(mart.within)}" if mart.within else ""
    # Counting over windows loses the order of the rows; their places bring it back.
    return f"""
        select * exclude (place)
        from (select *, row_number() over () as place from {source})
        qualify not ({small}) and not (
            count(*) filter (where {small}) over ({partition}) = 1
            and row_number() over ({partition} order by ({small}), {_name(mart.counts[0])}) = 1
        )
        order by place
    """


def _copy_comments(connection: duckdb.DuckDBPyConnection) -> None:
    comments = connection.execute(
        """
        with commented as (
            select table_name, null as column_name, comment, 0 as place
            from duckdb_tables() where database_name = 'work'
            union all
            select view_name, null, comment, 0 from duckdb_views() where database_name = 'work'
            union all
            select table_name, column_name, comment, column_index
            from duckdb_columns() where database_name = 'work'
        )
        select commented.table_name, published.kind, commented.column_name, commented.comment
        from commented
        inner join (
            select table_name, 'table' as kind
            from duckdb_tables() where database_name = 'publication'
            union all
            select view_name, 'view' from duckdb_views() where database_name = 'publication'
        ) as published using (table_name)
        where commented.comment is not null
        order by commented.table_name, commented.place
        """
    ).fetchall()
    for table, kind, column, comment in comments:
        target = f"publication.main.{_name(table)}"
        subject = f"{kind} {target}" if column is None else f"column {target}.{_name(column)}"
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
