"""What the Python models share in reading their inputs."""

from typing import Any

import duckdb


def rows(relation: duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    """The rows of a small relation as dictionaries.

    Unlike a data frame this keeps decimals exact and tells null from NaN.
    """
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
