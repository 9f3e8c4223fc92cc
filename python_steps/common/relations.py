"""What the Python models share in reading their inputs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd

from python_steps.common.attributes import ORDERED_TYPES
from python_steps.common.expressions import expression_problem

# Of 2,048 rows each.
_VECTORS = 50


def rows(relation: duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    """The rows of a small relation as dictionaries.

    Unlike a data frame this keeps decimals exact and tells null from NaN.
    """
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def searched(cells: duckdb.DuckDBPyRelation, objectives: Sequence[str]) -> pd.DataFrame:
    """``int_segment_cells``, without balances where no objective of the search counts them."""
    if "lost_balance" not in objectives:
        cells = cells.project("columns('.*_(order|customers|churned)')")
    table: pd.DataFrame = cells.df()
    return table


def both_halves(cells: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """``int_segment_cells`` with both halves together: bands, ``customers`` and ``churned``."""
    table: pd.DataFrame = cells.project(
        "columns('.*_band_order'), "
        "discovery_customers + confirmation_customers as customers, "
        "discovery_churned + confirmation_churned as churned"
    ).df()
    return table


def numbers_in_parts(
    connection: duckdb.DuckDBPyConnection,
    customers: duckdb.DuckDBPyRelation,
    attributes: Sequence[Mapping[str, Any]],
) -> Iterator[pd.DataFrame]:
    """The ordered attributes of customers as doubles, some hundred thousand rows at a time."""
    names = [one["name"] for one in attributes if one["type"] in ORDERED_TYPES]
    if not names:
        return
    columns = ", ".join(f"cast({name} as double) as {name}" for name in names)
    numbers = connection.execute(customers.project(columns).sql_query())
    while len(part := numbers.fetch_df_chunk(_VECTORS)):
        yield part


def database_file(connection: duckdb.DuckDBPyConnection) -> str:
    """The file that a connection works in; ``:memory:`` where it has none."""
    (found,) = connection.execute(
        "select path from duckdb_databases() where database_name = current_database()"
    ).fetchall()
    return found[0] or ":memory:"


def condition_problem(relation: duckdb.DuckDBPyRelation, condition: str) -> str:
    """What keeps a text from being a WHERE condition over a relation; empty where nothing does."""
    if problem := expression_problem(condition):
        return problem
    try:
        relation.filter(f"({condition})")
        kind = str(relation.project(f"({condition})").types[0])
    except duckdb.Error as error:
        # The engine's first line; the rest repeats the query.
        said = str(error).strip().splitlines()[0]
        return f"{said.rstrip('.!')}. There are the columns {', '.join(relation.columns)}"
    return "" if kind == "BOOLEAN" else f"it is no condition but gives a {kind.lower()}"
