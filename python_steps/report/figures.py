"""What the published file holds, as rows in memory; of customers only counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from python_steps.common.databases import open_published, refuse_other_files, refuse_unpublished
from python_steps.common.errors import ChurnError

Row = Mapping[str, Any]

# The tables that are read as rows, with what they are ordered by.
TABLES = {
    "attributes": "attribute_order",
    "churn_overview": "customers",
    "publication": "built_at",
    "churn_rates": "attribute, band_order",
    "attribute_profiles": "attribute, customer_group",
    "attribute_histograms": "attribute, bin_order",
    "attribute_associations": "attribute_a, attribute_b",
    "hypothesis_tests": "hypothesis_order",
    "stratified_effects": "attribute, band_order, stratum_attribute",
    "risk_segments": "rank",
    "risk_intervals": "rank",
    "portraits": "group_kind, group_id, attribute",
    "segment_conditions": "segment_id, condition_number",
    "segment_frontier": "direction, frontier_order",
    "segment_recommendations": "segment_id, priority",
    "clusters": "cluster_id",
    "cluster_profiles": "cluster_id, attribute",
    "cluster_choice": "cluster_count",
    "data_quality": "check_name",
    "test_families": "family",
}


@dataclass(frozen=True)
class Cube:
    """The churn cube: customers counted by the band of every attribute.

    Attributes:
        codes: shape (cells, attributes), the place of a cell's band among the attribute's bands.
        customers, churned: shape (cells,).
        balance_sum, churned_balance_sum: shape (cells,), the balances of all and of the churned.
    """

    codes: npt.NDArray[np.int64]
    customers: npt.NDArray[np.int64]
    churned: npt.NDArray[np.int64]
    balance_sum: npt.NDArray[np.float64]
    churned_balance_sum: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """Everything that a report shows.

    Attributes:
        tables: the rows of the published tables, by name.
        cube: the churn cube; None where the published file leaves out some of its cells.
    """

    tables: Mapping[str, Sequence[Row]]
    cube: Cube | None

    @property
    def overview(self) -> Row:
        """The row of ``churn_overview``."""
        return self.tables["churn_overview"][0]

    @property
    def publication(self) -> Row:
        """The row of ``publication``."""
        return self.tables["publication"][0]

    @property
    def attributes(self) -> Sequence[Row]:
        """The rows of ``attributes`` that have bands in the file, in order."""
        return [row for row in self.tables["attributes"] if self.bands(row["attribute"])]

    def bands(self, attribute: str) -> Sequence[Row]:
        """The rows of ``churn_rates`` of an attribute, in order."""
        return [row for row in self.tables["churn_rates"] if row["attribute"] == attribute]

    def segments(self, direction: str) -> Sequence[Row]:
        """The rows of ``risk_segments`` of a direction, in order."""
        return [row for row in self.tables["risk_segments"] if row["direction"] == direction]

    @property
    def by_priority(self) -> Sequence[Row]:
        """The rows of ``risk_segments`` in the order in which to approach them, others after."""
        rows = self.tables["risk_segments"]
        return sorted(rows, key=lambda row: (row["priority"] is None, row["priority"] or 0))

    def portrait(self, kind: str, group: str) -> Sequence[Row]:
        """The rows of ``portraits`` of a group."""
        rows = self.tables["portraits"]
        return [row for row in rows if (row["group_kind"], row["group_id"]) == (kind, group)]

    def offers(self, segment_id: str) -> Sequence[Row]:
        """The rows of ``segment_recommendations`` of a segment, in order."""
        rows = self.tables["segment_recommendations"]
        return [row for row in rows if row["segment_id"] == segment_id]


def read_figures(published: Path) -> Figures:
    """Read a published file.

    Args:
        published: the DuckDB file.

    Raises:
        ChurnError: the file is missing, was not published by ``churn build`` or by an older
            version of it, or cannot be read.
    """
    if not published.is_file():
        raise ChurnError(f"There is no {published}. Run churn build first.")
    try:
        refuse_other_files(published)
        with open_published(published) as connection:
            refuse_unpublished(connection, published)
            present = {table for (table,) in connection.execute("show tables").fetchall()}
            if missing := sorted({*TABLES, "churn_cube"} - present):
                raise ChurnError(
                    f"{published} has no {', '.join(missing)}: another version published it. "
                    "Run churn build again."
                )
            tables = {
                table: _rows(connection, f"from {table} order by {order}")
                for table, order in TABLES.items()
            }
            cube = _read_cube(connection, tables)
    except (duckdb.Error, OSError) as error:
        raise ChurnError(f"{published} could not be read: {error}") from error
    if not tables["publication"] or not tables["churn_overview"]:
        raise ChurnError(f"{published} is not whole. Run churn build again.")
    return Figures(tables, cube)


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    result = connection.execute(query)
    columns = [column for column, *_ in result.description or []]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def _read_cube(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Sequence[Row]]
) -> Cube | None:
    attributes = [row["attribute"] for row in tables["attributes"]]
    places = ", ".join(f"bands_{number}.place" for number in range(len(attributes)))
    joins = "".join(
        f" inner join (select band, row_number() over (order by band_order) - 1 as place"
        f" from churn_rates where attribute = '{attribute}') as bands_{number}"
        f" on churn_cube.{attribute}_band = bands_{number}.band"
        for number, attribute in enumerate(attributes)
    )
    read = connection.execute(
        f"select customers, churned, balance_sum, churned_balance_sum, {places}"
        f" from churn_cube{joins}"
    ).fetchnumpy()
    customers, churned, balance_sum, churned_balance_sum, *codes = (
        np.ma.filled(column, 0) for column in read.values()
    )
    if customers.sum() != tables["churn_overview"][0]["customers"]:
        return None
    return Cube(np.column_stack(codes), customers, churned, balance_sum, churned_balance_sum)
