"""The published file for Tableau: a Hyper extract, and CSV files beside it.

Tableau's public edition connects to no database.
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from python_steps.common.databases import open_published, refuse_other_files, refuse_unpublished
from python_steps.common.errors import ChurnError
from python_steps.common.sql import quoted_name, quoted_text

# What tells a folder of ours, which is replaced as a whole, from any other.
_MARK = ".bank_churn"
# What a spreadsheet would take for a formula; some take full-width signs for the usual ones.
FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"


def write_extract(published: Path, out: Path) -> tuple[int, Path]:
    """Write every published table into a Hyper extract, and into CSV files in a folder beside it.

    Existing ones are replaced as a whole, after they were written to their end. In the CSV files a
    text that a spreadsheet would take for a formula begins with an apostrophe.

    Args:
        published: the published DuckDB file.
        out: the extract, its name ending in .hyper.

    Returns:
        How many tables there are, and the folder of the CSV files: ``<name>_csv``.

    Raises:
        ChurnError: pantab is not installed, or a file cannot be read or written.
    """
    if out.suffix.lower() != ".hyper":
        raise ChurnError(f"{out.name}: the name must end in .hyper")
    if not published.is_file():
        raise ChurnError(f"There is no {published}. Run churn build first.")
    try:
        import pantab
    except ImportError as error:
        raise ChurnError(
            "This needs pantab, which is not installed. In the project's folder: "
            ".venv/bin/python -m pip install --editable '.[tableau]'"
        ) from error
    refuse_other_files(published)
    folder = out.with_name(out.stem + "_csv")
    _refuse_foreign(out, folder)
    new_folder, new_extract = (path.with_name("." + path.name) for path in (folder, out))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with open_published(published, str(new_folder)) as connection:
            refuse_unpublished(connection, published)
            tables = [table for (table,) in connection.execute("show tables").fetchall()]
            # Streams of Arrow batches: no table is ever in memory as a whole.
            streams = {table: connection.cursor().table(table) for table in tables}
            # Hyper would write its log into the folder in which it is called.
            with TemporaryDirectory() as logs:
                pantab.frames_to_hyper(streams, new_extract, process_params={"log_dir": logs})
            shutil.rmtree(new_folder, ignore_errors=True)
            new_folder.mkdir()
            (new_folder / _MARK).touch()
            for table in tables:
                _write_csv(connection, table, new_folder / f"{table}.csv")
        new_extract.replace(out)
        shutil.rmtree(folder, ignore_errors=True)
        new_folder.replace(folder)
    except (duckdb.Error, OSError, RuntimeError) as error:
        raise ChurnError(f"{out} could not be written: {error}") from error
    finally:
        new_extract.unlink(missing_ok=True)
        shutil.rmtree(new_folder, ignore_errors=True)
    return len(tables), folder


def _refuse_foreign(out: Path, folder: Path) -> None:
    """Extract and folder are made together: what has no marked folder is somebody else's."""
    if (folder / _MARK).exists():
        return
    for file in (folder, out):
        if file.exists():
            raise ChurnError(
                f"{file} exists and was not made by churn tableau, which would replace it. Name "
                "another file with --out, or remove it yourself."
            )


def _write_csv(connection: duckdb.DuckDBPyConnection, table: str, file: Path) -> None:
    columns = connection.execute(f"describe {table}").fetchall()
    cells = [
        f"case when regexp_matches({name}, '{FORMULA}') then '''' || {name} else {name} end"
        f" as {name}"
        if kind == "VARCHAR"
        else name
        for name, kind, *_ in ((quoted_name(name), *rest) for name, *rest in columns)
    ]
    connection.execute(
        f"copy (select {', '.join(cells)} from {table}) to {quoted_text(file)} (format csv, header)"
    )
