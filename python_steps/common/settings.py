"""Where everything lies: from the environment, `.env` and defaults."""

import codecs
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from python_steps.common.errors import ChurnError
from python_steps.common.sql import quoted_text

# Drivers from DuckDB 1.4 on read it; a file in DuckDB 2's own default opens in no older one.
STORAGE_VERSION = "v1.4.0"


# Names of databases and schemas that are there already, and signs that end a name in SQL of dbt's.
_TAKEN = ("main", "temp", "system", "memory", "information_schema", "pg_catalog", "bank_source")
_SIGNS = "'\";\\"


@dataclass(frozen=True)
class Contents:
    """What is published.

    Attributes:
        aggregates_only: leave out tables about single customers.
        minimum_cell: no group of fewer customers can be told from aggregates; up to 1, they are
            exact.
        storage_version: of the DuckDB file.
    """

    aggregates_only: bool = False
    minimum_cell: int = 0
    storage_version: str = STORAGE_VERSION

    @property
    def is_protected(self) -> bool:
        """Whether what is published is made coarse."""
        return self.aggregates_only and self.minimum_cell > 1


@dataclass(frozen=True)
class Limits:
    """What DuckDB may take; empty texts leave it to DuckDB.

    Attributes:
        threads: how many.
        memory: as in 4GB.
        spill: the folder for what does not fit into it.
    """

    threads: str = ""
    memory: str = ""
    spill: str = ""

    def apply(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Set them for the database of a connection."""
        for setting, value in (
            ("threads", self.threads),
            ("memory_limit", self.memory),
            ("temp_directory", self.spill),
        ):
            if value:
                connection.execute(f"set global {setting} = {quoted_text(value)}")


SAMPLE = Path("seeds/sample/customers.csv")
# Where a wheel has the dbt project.
CARRIED = Path(__file__).resolve().parents[1] / "project"


@dataclass(frozen=True)
class Settings:
    """What the user set, with absolute paths.

    Attributes:
        project: the folder of dbt_project.yml.
        folder: where relative paths count from.
        source: a file, a glob or a table; None stands for the shipped sample.
        warehouse: the DuckDB file in which dbt works.
        published: the DuckDB file that BI tools read.
        contents: what is published.
        limits: what DuckDB may take.
        spark: the folder in which Spark keeps its tables, if it does what is heavy.
        spark_master: the cluster.
        encoding: of a CSV source; empty stands for that of the mapping, or UTF-8.
        threads: how many of dbt's nodes run at once.
        as_of: the date that the table describes, as year-month-day; empty stands for that of the
            mapping, if it has one.
        new_halves: what draws the halves of the customers anew; empty leaves them as they are.
        mapping: what says what the source calls things, a file or the name of a shipped one; empty
            stands for the vars ``mapping`` and ``attributes`` of vars.yml.
    """

    project: Path
    folder: Path
    source: str | None
    warehouse: Path
    published: Path
    contents: Contents
    limits: Limits
    spark: Path | None
    spark_master: str
    encoding: str
    threads: str
    as_of: str
    new_halves: str
    mapping: str

    @classmethod
    def of(cls, environment: Mapping[str, str], folder: Path) -> "Settings":
        """Settings from an environment; relative paths count from ``folder``.

        Raises:
            ChurnError: a variable has a value without a meaning.
        """
        project = _find_project(folder)
        source = environment.get("CHURN_SOURCE", "")

        def path(variable: str, default: str) -> Path:
            value = environment.get(variable, "")
            beside = folder if project == CARRIED else project
            return (folder / value if value else beside / default).resolve()

        warehouse = path("CHURN_WAREHOUSE", "churn_work.duckdb")
        published = path("CHURN_PUBLISHED", "churn.duckdb")
        _refuse_names_of_databases(warehouse, published)
        return cls(
            project=project,
            folder=folder,
            source=os.path.normpath(folder / source) if source else None,
            warehouse=warehouse,
            published=published,
            contents=_contents(environment),
            limits=_limits(environment, folder),
            spark=path("CHURN_SPARK", "") if environment.get("CHURN_SPARK", "") else None,
            spark_master=environment.get("CHURN_SPARK_MASTER", "") or "local[*]",
            encoding=_encoding(environment),
            threads=_whole_number(environment, "CHURN_THREADS") or "3",
            as_of=_day(environment, "CHURN_AS_OF"),
            new_halves=environment.get("CHURN_NEW_HALVES", "").strip(),
            mapping=environment.get("CHURN_MAPPING", ""),
        )

    @property
    def table(self) -> str:
        """The source, or the shipped sample."""
        return self.source or str(self.project / SAMPLE)

    def environment(self) -> dict[str, str]:
        """The variables that macros read, beside those of the source and the warehouse."""
        return {
            # What is in it goes to dbt as vars, and the source is readable as it is handed on.
            "CHURN_MAPPING": "",
            "CHURN_ENCODING": "",
            "CHURN_AS_OF": self.as_of,
            "CHURN_NEW_HALVES": self.new_halves,
            "CHURN_THREADS": self.threads,
            "CHURN_ENGINE_THREADS": self.limits.threads,
            "CHURN_MEMORY_LIMIT": self.limits.memory,
            "CHURN_SPILL": self.limits.spill,
            "CHURN_SPARK_TABLES": str(self.spark or ""),
            "CHURN_SPARK_MASTER": self.spark_master,
        }


def _day(environment: Mapping[str, str], variable: str) -> str:
    """A day as year-month-day; empty where none is said."""
    value = environment.get(variable, "").strip()
    if value:
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError as error:
            raise ChurnError(f"{variable} is {value}; a day is written as 2024-03-31.") from error
    return ""


def is_encoding(name: str) -> bool:
    """Whether Python can read text by an encoding of that name; it has others, as of archives."""
    try:
        # Those that are none of text refuse this.
        written = "id,1\n".encode(name)
        decoder = codecs.getincrementaldecoder(name)("replace")
        return decoder.decode(written, final=True).lstrip("\ufeff") == "id,1\n"
    except (LookupError, UnicodeError):
        return False


def _refuse_names_of_databases(warehouse: Path, published: Path) -> None:
    """A DuckDB file gives its database its name; some are DuckDB's own, or none that dbt can say.

    Raises:
        ChurnError: the warehouse or the published file has such a name.
    """
    for variable, file in (("CHURN_WAREHOUSE", warehouse), ("CHURN_PUBLISHED", published)):
        if file.stem.lower() in _TAKEN:
            raise ChurnError(
                f"{variable} is {file}, and a database cannot be called {file.stem}. Name another "
                "file."
            )
    if signs := sorted({*warehouse.stem} & {*_SIGNS}):
        raise ChurnError(
            f"CHURN_WAREHOUSE is {warehouse}, and dbt opens no file with {' or '.join(signs)} in "
            "its name. Name another file; its folder may be called anything."
        )


def find_environment_file(folder: Path) -> Path | None:
    """The nearest ``.env`` in a folder or above, which dbt reads too; None where there is none."""
    found = (parent / ".env" for parent in (folder, *folder.parents))
    return next((file for file in found if file.is_file()), None)


def _encoding(environment: Mapping[str, str]) -> str:
    """The encoding that the environment wants.

    Raises:
        ChurnError: there is none of that name.
    """
    encoding = environment.get("CHURN_ENCODING", "")
    if encoding and not is_encoding(encoding):
        raise ChurnError(f"There is no encoding {encoding}; windows-1251 and utf-8 are usual ones.")
    return encoding


def _limits(environment: Mapping[str, str], folder: Path) -> Limits:
    """What the environment lets DuckDB take.

    Raises:
        ChurnError: a variable has a value without a meaning.
    """
    threads = _whole_number(environment, "CHURN_ENGINE_THREADS")
    memory = environment.get("CHURN_MEMORY_LIMIT", "")
    if memory and not re.fullmatch(r"[0-9.]+ ?[KMGT]i?B", memory, re.IGNORECASE):
        raise ChurnError(f"CHURN_MEMORY_LIMIT is {memory!r}; it must be as in 4GB.")
    spill = environment.get("CHURN_SPILL", "")
    if spill and not (folder / spill).is_dir():
        raise ChurnError(f"CHURN_SPILL is {spill}, which is no folder. Create it first.")
    return Limits(threads, memory, str((folder / spill).resolve()) if spill else "")


def _whole_number(environment: Mapping[str, str], variable: str) -> str:
    """A number of threads; empty where it is not set."""
    number = environment.get(variable, "")
    if number and not (number.isdecimal() and int(number)):
        raise ChurnError(f"{variable} is {number!r}; it must be a whole number from 1.")
    return number


def _contents(environment: Mapping[str, str]) -> Contents:
    """What the environment wants published.

    Raises:
        ChurnError: a variable has a value without a meaning.
    """
    wanted = environment.get("CHURN_CONTENTS", "") or "everything"
    if wanted not in ("everything", "aggregates"):
        raise ChurnError(f"CHURN_CONTENTS is {wanted!r}; it must be everything or aggregates.")
    aggregates_only = wanted == "aggregates"
    written = environment.get("CHURN_MINIMUM_CELL", "") or ("10" if aggregates_only else "0")
    if not written.isdecimal():
        raise ChurnError(f"CHURN_MINIMUM_CELL is {written!r}; it must be a whole number.")
    if int(written) and not aggregates_only:
        raise ChurnError(
            f"CHURN_MINIMUM_CELL is {written}, but with everything each customer is published. "
            "Publish aggregates with it."
        )
    storage_version = environment.get("CHURN_STORAGE_VERSION", "") or STORAGE_VERSION
    try:
        with duckdb.connect() as connection:
            connection.execute(
                f"attach ':memory:' as published (storage_version {quoted_text(storage_version)})"
            )
    except duckdb.Error as error:
        raise ChurnError(
            f"CHURN_STORAGE_VERSION is {storage_version!r}; DuckDB knows v1.4.0 and others."
        ) from error
    return Contents(aggregates_only, int(written), storage_version)


def _find_project(folder: Path) -> Path:
    """The nearest bank_churn project above a folder, or the one that this package came with."""
    for candidate in (folder, *folder.parents, CARRIED.parents[1]):
        marker = candidate / "dbt_project.yml"
        if marker.is_file() and "name: bank_churn" in marker.read_text(encoding="utf-8"):
            return candidate.resolve()
    return CARRIED
