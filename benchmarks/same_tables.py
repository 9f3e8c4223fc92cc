"""Whether two checkouts publish the same tables, byte for byte.

    python benchmarks/same_tables.py OTHER_CHECKOUT [CUSTOMERS_CSV]

Each checkout builds, in its own environment (`.venv`), the sample, a table for each shipped mapping
and, where it is named, a bank's own table in the sample's form. Of every published table the
columns, their types and comments, and all rows in their order are compared. Only what says when and
with what a table was built may differ.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
from tests.tables import international_bank, telecom  # noqa: E402

# When, and with what versions, is not what was found.
MAY_DIFFER = {"publication": ("built_at", "engine_versions", "project_version")}


def published(checkout: Path, folder: Path, arguments: list[str]) -> Path:
    """Build with a checkout and return the published file."""
    folder.mkdir(parents=True)
    file = folder / "churn.duckdb"
    options = ["--warehouse", str(folder / "work.duckdb"), "--published", str(file)]
    finished = subprocess.run(
        [checkout / ".venv" / "bin" / "churn", "build", *arguments, *options],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        sys.exit(f"{checkout} could not build {arguments}:\n{finished.stdout}{finished.stderr}")
    return file


def contents(file: Path) -> dict[str, list[str]]:
    """What each published table holds, as texts that tell apart what is not the same."""
    with duckdb.connect(str(file), read_only=True) as connection:
        held = {}
        for (table,) in connection.execute("show tables").fetchall():
            left_out = ", ".join(f"'{column}'" for column in MAY_DIFFER.get(table, ("",)))
            columns = connection.execute(
                "select column_name, data_type, comment from duckdb_columns() "
                f"where table_name = '{table}' and column_name not in ({left_out}) "
                "order by column_index"
            ).fetchall()
            names = ", ".join(f'"{name}"' for name, *_ in columns)
            rows = connection.execute(f'select {names} from "{table}"').fetchall()
            # The shortest text of a double is that double only.
            held[table] = [*map(repr, columns), *map(repr, rows)]
    return held


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> Iterator[str]:
    """In words, what two publications do not share."""
    for table in sorted(one.keys() | other.keys()):
        if table not in one or table not in other:
            yield f"{table} is only in the {'first' if table in one else 'second'}"
        elif one[table] != other[table]:
            if len(one[table]) != len(other[table]):
                yield f"{table} has {len(one[table])} lines and {len(other[table])}"
            pairs = zip(one[table], other[table], strict=False)
            for before, after in [pair for pair in pairs if pair[0] != pair[1]][:3]:
                yield f"{table}:\n    {before[:400]}\n    {after[:400]}"


def main(other: Path, own_table: str | None) -> int:
    """Build everything twice and print what differs; 1 where anything does."""
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bank, provider = folder / "bank.csv", folder / "telecom.csv"
        international_bank(bank, rows=10_000)
        telecom(provider, rows=7_000)
        builds = {
            "sample": [],
            "international_bank": ["--source", str(bank), "--mapping", "international_bank"],
            "telecom": ["--source", str(provider), "--mapping", "telecom"],
        }
        if own_table:
            builds[Path(own_table).stem] = ["--source", str(Path(own_table).resolve())]
        for build, arguments in builds.items():
            files = [
                published(checkout, folder / build / side, arguments)
                for side, checkout in (("before", other.resolve()), ("after", PROJECT))
            ]
            before, after = map(contents, files)
            found = list(differences(before, after))
            rows = sum(map(len, before.values()))
            print(f"{build}: {len(before)} tables, {rows:,} lines:", "differ" if found else "equal")
            for line in found:
                print(f"  {line}")
            failed = failed or bool(found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
