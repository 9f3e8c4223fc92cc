"""A first look at the source, before dbt starts."""

import glob
from pathlib import Path

from python_steps.errors import ChurnError


def check_source(source: str) -> None:
    """Stop where the source cannot be a table at all; what it contains is checked by the build.

    Args:
        source: the path or glob of CSV or Parquet files.

    Raises:
        ChurnError: nothing is there, a folder is, or a file is empty, unreadable or of no known
            kind.
    """
    if Path(source).is_dir():
        raise ChurnError(
            f"{source} is a folder. Name the files in it, for example {Path(source) / '*.csv'}."
        )
    files = [source] if Path(source).exists() else sorted(glob.glob(source))  # noqa: PTH207 (a glob may be absolute)
    if not files:
        raise ChurnError(f"There is no file {source}. Set CHURN_SOURCE to the bank's table.")
    headers: dict[bytes, str] = {}
    for file in files:
        try:
            with Path(file).open("rb") as opened:
                start = opened.read(4096)
        except OSError as error:
            raise ChurnError(f"{file} cannot be read: {error.strerror}.") from error
        if not start.strip():
            raise ChurnError(
                f"{file} is empty. It needs a header line with column names and one row per "
                "customer."
            )
        is_parquet = file.lower().endswith((".parquet", ".pq"))
        if is_parquet and not start.startswith(b"PAR1"):
            raise ChurnError(f"{file} is not a Parquet file, although its name says so.")
        if not is_parquet and b"\0" in start:
            raise ChurnError(
                f"{file} is binary, not text. Bring a CSV file, or a Parquet file whose name ends "
                "in .parquet."
            )
        if not is_parquet:
            headers.setdefault(start.removeprefix(b"\xef\xbb\xbf").splitlines()[0].strip(), file)
    if len(headers) > 1:
        one, other = list(headers.values())[:2]
        raise ChurnError(
            f"{one} and {other} begin with different lines. Files that are read together need the "
            "same header line, with the columns in the same order."
        )
