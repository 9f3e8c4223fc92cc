"""The marts copied into a new DuckDB file."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from python_steps.common.databases import confine, mark
from python_steps.common.errors import ChurnError
from python_steps.common.settings import Contents, Limits
from python_steps.common.sql import quoted_name, quoted_text
from python_steps.job.disclosure.bank import Bank
from python_steps.job.disclosure.rules import WITHOUT_ROWS, protected
from python_steps.job.marts import Mart

# In so many times the minimum, twice the minimum are beyond the outer edges of bands.
_FEWEST = 20


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

    Raises:
        ChurnError: nothing is left of so few customers where no small group may be told.
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
        bank = _bank(connection, marts, contents.minimum_cell)
        if contents.is_protected and bank.all[1] < _FEWEST * contents.minimum_cell:
            raise ChurnError(
                f"There are fewer than {_FEWEST * contents.minimum_cell} customers: too few to "
                f"publish figures of which no group below {contents.minimum_cell} can be told. "
                "Publish everything, or set a smaller --minimum-cell."
            )
        kept = [
            mart for mart in marts if not (contents.aggregates_only and mart.is_about_customers)
        ]
        for mart in kept:
            if mart.view:
                continue
            source, target = _place(mart), f"publication.main.{quoted_name(mart.name)}"
            if not contents.is_protected:
                connection.execute(f"create table {target} as from {source}")
                continue
            connection.execute(f"create table {target} as from {source} limit 0")
            rows = protected(mart.name, bank.read(mart.name), bank)
            if rows:
                connection.executemany(
                    f"insert into {target} values ({', '.join('?' * len(rows[0]))})",
                    [list(row.values()) for row in rows],
                )
        # Views name no database, as the file may be attached under any name.
        connection.execute("use publication")
        views = {mart.name: mart.view for mart in kept if mart.view}
        for name in _in_order(views):
            connection.execute(f"create view main.{quoted_name(name)} as {views[name]}")
        connection.execute("use memory")
        _copy_comments(connection)
        connection.execute(
            "update publication.main.publication set contents = $contents, "
            "minimum_cell = $minimum_cell, cells_suppressed = $suppressed",
            {
                "contents": "aggregates" if contents.aggregates_only else "everything",
                "minimum_cell": contents.minimum_cell,
                # How many rows there were would tell how many bands or checks had nobody.
                "suppressed": None if contents.is_protected else 0,
            },
        )
        connection.execute("commit")
        connection.execute("checkpoint publication")
        connection.execute("detach publication")


def _in_order(views: Mapping[str, str]) -> Iterable[str]:
    """The names of views, each after those that its query asks."""
    asked = {
        name: [other for other in views if f"main.{quoted_name(other)}" in query]
        for name, query in views.items()
    }
    return TopologicalSorter(asked).static_order()


def _place(mart: Mart) -> str:
    return f"work.{quoted_name(mart.schema)}.{quoted_name(mart.name)}"


def _bank(connection: duckdb.DuckDBPyConnection, marts: Sequence[Mart], minimum_cell: int) -> Bank:
    """What the rules of disclosure must know, read where they ask for it."""
    places = {mart.name: _place(mart) for mart in marts}

    def read(mart: str) -> Sequence[Mapping[str, Any]]:
        if mart in WITHOUT_ROWS:
            return []
        result = connection.execute(f"from {places[mart]}")
        columns = [column for column, *_ in result.description or []]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    def ask(query: str) -> Sequence[tuple[Any, ...]]:
        return connection.execute(query).fetchall()

    # Texts of rules have any letters, so that no name is put into them.
    for mart in ("customers", "customer_segments"):
        if mart in places:
            connection.execute(f"create temp view {mart} as from {places[mart]}")
    return Bank(minimum_cell, read, ask)


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
