"""The marts copied into a new DuckDB file."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from python_steps.common.databases import confine, mark
from python_steps.common.settings import Contents, Limits
from python_steps.common.sql import quoted_name, quoted_text
from python_steps.job.marts import Mart
from python_steps.job.suppression import kept_rows


def copy_marts(
    warehouse: Path,
    new: Path,
    marts: Sequence[Mart],
    contents: Contents,
    limits: Limits,
    spark: Path | None = None,
) -> None:
    """Write the marts of a warehouse, as far as they are to be published, into a new file.

    Views of the warehouse may read Spark's tables, in the folder of that name, and nothing else.
    """
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        # What does not fit into memory goes beside the file, not into the current folder.
        connection.execute(
            f"set temp_directory = {quoted_text(new.with_name(new.name + '.spill'))}"
        )
        limits.apply(connection)
        connection.execute(f"attach {quoted_text(warehouse)} as work (read_only)")
        connection.execute(
            f"attach {quoted_text(new)} as publication "
            f"(storage_version {quoted_text(contents.storage_version)})"
        )
        confine(connection, folder=str(spark or ""))
        mark(connection, "publication")
        # One transaction: every one ends with a wait for the disk.
        connection.execute("begin")
        suppressed = 0
        kept = [
            mart for mart in marts if not (contents.aggregates_only and mart.is_about_customers)
        ]
        for mart in kept:
            if mart.view:
                continue
            source, target = (
                f"work.{quoted_name(mart.schema)}.{quoted_name(mart.name)}",
                f"publication.main.{quoted_name(mart.name)}",
            )
            rows = kept_rows(mart, source, contents.minimum_cell)
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
                connection.execute(f"create view main.{quoted_name(mart.name)} as {mart.view}")
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
        target = f"publication.main.{quoted_name(table)}"
        subject = f"{kind} {target}" if column is None else f"column {target}.{quoted_name(column)}"
        connection.execute(f"comment on {subject} is {quoted_text(comment)}")
