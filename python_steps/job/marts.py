"""The tables that are published, as the last run of dbt left word of them in the warehouse."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from python_steps.common.databases import open_confined
from python_steps.common.errors import ChurnError
from python_steps.common.sql import quoted_name

# What the macro begin_run writes first and end_run at the end.
RUN = "churn_run"


@dataclass(frozen=True)
class Mart:
    """A table to publish.

    Attributes:
        name: of a table or view of the warehouse.
        is_about_customers: it has a row per customer, or per row of the source.
        view: the query over other published tables that it is, where it is published as a view;
            else empty.
        schema: the warehouse's schema that has it.
    """

    name: str
    is_about_customers: bool = False
    view: str = ""
    schema: str = "main"


def read_marts(warehouse: Path) -> Sequence[Mart]:
    """The marts of a warehouse that is whole, in alphabetical order.

    Args:
        warehouse: the DuckDB file that dbt built.

    Raises:
        ChurnError: there is no such file, it cannot be read, or the last run of dbt was not a
            whole build whose tests passed.
    """
    if not warehouse.is_file():
        raise ChurnError(
            f"There is no warehouse {warehouse}. Run dbt build first, or name the one that it "
            "made with --warehouse."
        )
    try:
        with open_confined(warehouse) as connection:
            found = connection.execute(
                "select schema_name from duckdb_tables() where table_name = ?", [RUN]
            ).fetchall()
            if not found:
                raise ChurnError(
                    f"{warehouse} is no warehouse of a dbt build of this project. Run dbt build."
                )
            place = f"{quoted_name(found[0][0])}.{RUN}"
            ((status, detail, marts),) = connection.execute(
                f"select status, detail, marts from {place}"
            ).fetchall()
    except duckdb.Error as error:
        raise ChurnError(f"{warehouse} cannot be read: {error}") from error
    if status != "whole":
        raise ChurnError(
            f"{warehouse} is not published: {detail}. Run dbt build, without --select, until it "
            "passes."
        )
    return [
        Mart(
            mart["name"],
            is_about_customers=mart["about"] == "customers",
            view=mart["view"],
            schema=mart["schema"],
        )
        for mart in json.loads(marts)
    ]
