"""What the Python models share in reading their inputs."""

from typing import Any

import duckdb


def rows(relation: duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    """The rows of a small relation as dictionaries.

    Unlike a data frame this keeps decimals exact and tells null from NaN.
    """
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def condition_problem(relation: duckdb.DuckDBPyRelation, condition: str) -> str:
    """What keeps a text from being a WHERE condition over a relation; empty where nothing does."""
    try:
        relation.filter(f"({condition})")
        kind = str(relation.project(f"({condition})").types[0])
    except duckdb.Error as error:
        # The engine's first line; the rest repeats the query.
        said = str(error).strip().splitlines()[0]
        return f"{said.rstrip('.!')}. There are the columns {', '.join(relation.columns)}"
    return "" if kind == "BOOLEAN" else f"it is no condition but gives a {kind.lower()}"
