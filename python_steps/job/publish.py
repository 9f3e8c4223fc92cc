"""Publishing: a new DuckDB file, swapped into the place of the published one.

DuckDB lets one process write a file or many read it. So readers never see the file in which dbt
works, and the published file is replaced as a whole: who has it open keeps the old one.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import duckdb

from python_steps.common.databases import open_confined, refuse_foreign, refuse_other_files
from python_steps.common.errors import ChurnError
from python_steps.common.relations import rows
from python_steps.common.settings import Contents, Limits, Settings
from python_steps.common.sql import quoted_name
from python_steps.job.copying import copy_marts
from python_steps.job.locks import alone
from python_steps.job.marts import Mart, read_marts
from python_steps.job.permissions import give, open_to_usual_readers, permissions, private
from python_steps.segments.tested_lists import write_memory

# How long a publication waits for another one of the same file, in seconds.
PATIENCE = 60.0


def publish(
    warehouse: Path,
    published: Path,
    marts: Sequence[Mart],
    contents: Contents | None = None,
    limits: Limits | None = None,
    spark: Path | None = None,
) -> None:
    """Copy marts from the warehouse into a new file and put it in the published one's place.

    Rows keep the warehouse's order and comments come along. Until the last step the published
    file is untouched; the last step replaces it at once. Publications of one file take turns. The
    new file has the old one's mode and owner; where there was none and customers are in it, it is
    for its owner alone.

    Args:
        warehouse: the DuckDB file that dbt built; nobody may have it open for writing.
        published: the file to replace; its folder must exist.
        marts: what to copy, ``publication`` among it.
        contents: what of it.
        limits: what DuckDB may take.
        spark: the folder of Spark's tables, where views of the warehouse read them.

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
            contents, before = contents or Contents(), permissions(published)
            with private():
                copy_marts(warehouse, new, marts, contents, limits or Limits(), spark)
            if before is not None:
                give(new, before)
            elif contents.aggregates_only:
                open_to_usual_readers(new)
            if new_log.exists():
                raise ChurnError(f"{new} was not written to its end; nothing was published.")
            _sync(new)
            new.replace(published)
            if os.name == "posix":
                _sync(published.parent)
        except (duckdb.Error, OSError) as error:
            raise ChurnError(
                f"{published} could not be written, so it is as it was: {error}"
            ) from error
        finally:
            # There is none any more but where something came between.
            with suppress(OSError):
                _discard(new, new_log)


def publish_warehouse(settings: Settings) -> None:
    """Publish a warehouse that dbt built, whoever ran dbt.

    Args:
        settings: name the warehouse, the published file and what is published.

    Raises:
        ChurnError: the last run of dbt was not a whole build that passed its tests, no row was
            accepted, or the published file may not be replaced.
    """
    marts = read_marts(settings.warehouse)
    _refuse_nothing(settings.warehouse, marts, settings.spark)
    publish(
        settings.warehouse,
        settings.published,
        marts,
        settings.contents,
        settings.limits,
        settings.spark,
    )
    with private(), duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        write_memory(settings.warehouse, rows(connection.table("int_segment_lists")))


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
                refuse_foreign(connection, published)
        except duckdb.Error as error:
            raise ChurnError(
                f"{published} exists and cannot be read as a published file, so it is left as it "
                f"is: {error}"
            ) from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _refuse_nothing(warehouse: Path, marts: Sequence[Mart], spark: Path | None) -> None:
    """Keep a good published file from being replaced by one without a customer."""
    schemas = {mart.name: quoted_name(mart.schema) for mart in marts}
    with open_confined(warehouse, str(spark or "")) as connection:
        ((accepted, source),) = connection.execute(
            f"select rows_accepted, source from {schemas['publication']}.publication"
        ).fetchall()
        if accepted:
            return
        reasons = connection.execute(
            "select count(*), min(source_row), any_value(reasons order by source_row) "
            f"from {schemas['rejected_rows']}.rejected_rows "
            "group by regexp_replace(reasons, '[0-9]+', '', 'g') order by 1 desc, 2 limit 3"
        ).fetchall()
    if not reasons:
        raise ChurnError(f"{source} has a header line but no rows; nothing was published.")
    said = [f"  {rows} times, first in row {row}: {reason}" for rows, row, reason in reasons]
    if any("unicode" in reason.lower() for *_, reason in reasons):
        said.append("If it is in another encoding, name that: --encoding windows-1251")
    raise ChurnError(
        f"No row of {source} could be accepted; nothing was published. The commonest reasons:\n"
        + "\n".join(said)
    )
