"""What dbt's connection to DuckDB is given: the reader of CSV files, as functions."""

import json
from dataclasses import asdict

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from python_steps.intake.csv_reader import CsvReader, first_lines_sql


class Plugin(BasePlugin):
    """Named in ``profiles.yml``, under ``plugins``."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Add what macros ask: how the first lines are read, and then the whole."""
        conn.create_function("churn_csv_first_lines", first_lines_sql, ["varchar"], "varchar")
        conn.create_function("churn_csv_reader", _csv_reader, ["varchar[]", "varchar"], "varchar")


def _csv_reader(lines: list[str], said: str) -> str:
    """A reader as JSON, null where there is no header line; it opens no file."""
    reader = CsvReader.of(lines, json.loads(said))
    return json.dumps(reader and {**asdict(reader), "options": reader.options})
