"""The table that a draft looks at, as the build reads it."""

from pathlib import Path

import duckdb

from python_steps.common.databases import confine
from python_steps.common.errors import ChurnError
from python_steps.common.sql import quoted_name, quoted_text
from python_steps.intake.csv_reader import CsvReader, first_lines_sql
from python_steps.intake.drafts.dialect import detect_dialect
from python_steps.intake.drafts.draft import Draft
from python_steps.intake.drafts.profile import MAX_ROWS
from python_steps.intake.source import Readable, Source

# Words with which a line of totals begins, as the macro is_total has them.
TOTALS = (
    "total", "totals", "total:", "grand total", "subtotal", "sum", "sum:", "summe", "gesamt",
    "insgesamt", "итого", "итого:", "всего", "всего:",
)  # fmt: skip
_MOST_TOTALS = 3


def load(
    engine: duckdb.DuckDBPyConnection,
    source: Source,
    readable: Readable,
    draft: Draft,
    folder: Path,
) -> None:
    """Make the table ``loaded`` of the source, with a column ``churn_row``."""
    engine.execute("set enable_progress_bar = false")
    engine.execute(f"set temp_directory = {quoted_text(folder / 'spill')}")
    files = f"[{', '.join(map(quoted_text, readable.patterns))}]"
    if readable.kind == "duckdb":
        engine.execute(f"attach {quoted_text(source.files[0])} as bank (read_only)")
        origin = "bank." + ".".join(map(quoted_name, source.table.split(".")))
    elif readable.kind == "parquet":
        origin = f"read_parquet({files})"
    else:
        origin = _csv(engine, files, draft, is_written=source.kind == "excel")
    confine(engine, (*readable.patterns, *readable.files), str(folder / "spill"))
    ((draft.rows,),) = engine.execute(f"select count(*) from {origin}").fetchall()
    chosen = ""
    if draft.rows > MAX_ROWS:
        draft.is_sampled = True
        chosen = f" using sample reservoir({MAX_ROWS} rows) repeatable (1)"
    engine.execute(
        "create table loaded as select row_number() over () as churn_row, * "
        f"from (select * from {origin}){chosen}"
    )
    if draft.is_sampled:
        draft.rows = MAX_ROWS
    _remove_totals(engine, draft)


def _csv(engine: duckdb.DuckDBPyConnection, files: str, draft: Draft, is_written: bool) -> str:
    lines = [line or "" for (line,) in engine.execute(first_lines_sql(files)).fetchall()]
    settings = {} if is_written else detect_dialect(lines)
    reader = CsvReader.of(lines, settings)
    if reader is None:
        raise ChurnError("The source has no header line with column names.")
    if reader.clashing:
        raise ChurnError(
            f"The source has two columns named {reader.clashing}. Rename or remove one."
        )
    for name, again in reader.repeated.items():
        draft.unsure.append(
            f"which of several columns called {name} is meant; those after the first are called "
            f"{', '.join(again)} here."
        )
        draft.to_name |= {*again}
    draft.separator = reader.separator
    draft.csv |= settings
    columns = ", ".join(f"{quoted_text(name)}: 'varchar'" for name in reader.names)
    return f"read_csv({files}, {reader.options}, columns = {{{columns}}}, ignore_errors = true)"


def _remove_totals(engine: duckdb.DuckDBPyConnection, draft: Draft) -> None:
    """Leave out lines that begin with a word for totals, which the build rejects."""
    names = [name for name, *_ in engine.execute("describe loaded").fetchall()]
    texts = ", ".join(
        f"nullif(trim(cast({quoted_name(name)} as varchar)), '')"
        for name in names
        if name != "churn_row"
    )
    words = ", ".join(map(quoted_text, TOTALS))
    found = engine.execute(
        f"select churn_row from loaded where lower(coalesce({texts})) in ({words})"
    ).fetchall()
    # More of them are a word of the bank's.
    if 0 < len(found) <= _MOST_TOTALS:
        rows = ", ".join(str(row) for (row,) in found)
        engine.execute(f"delete from loaded where churn_row in ({rows})")
        draft.rows -= len(found)
        draft.left_out["lines of totals"] = f"{len(found)}, which are no customers"
