"""What a build will do: everything resolved once, and refused what must be refused."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from python_steps.common.databases import refuse_foreign, refuse_other_files
from python_steps.common.errors import ChurnError
from python_steps.common.settings import Settings
from python_steps.intake.source import Source
from python_steps.intake.variables import Variables, read_variables
from python_steps.job.locks import alone
from python_steps.job.publish import check_target
from python_steps.segments.recommendations import check_form


@dataclass(frozen=True)
class Plan:
    """A build that may begin.

    Attributes:
        settings: where everything lies.
        source: the bank's table.
        variables: what is said to dbt.
    """

    settings: Settings
    source: Source
    variables: Variables


@contextmanager
def planned(settings: Settings, given: str | None) -> Iterator[Plan]:
    """A plan, with the warehouse to itself as long as the context lasts.

    Args:
        settings: of this build.
        given: dbt vars as YAML, or None.

    Raises:
        ChurnError: the catalogue, the mapping, the source, the warehouse or the published file
            cannot be used, or another build works in the warehouse.
    """
    check_form(settings.project)
    variables = read_variables(settings, given)
    source = variables.source(settings)
    _refuse_one_file_twice(settings, source)
    check_target(settings.published)
    busy = (
        f"{settings.warehouse} is in use by another build. Wait for it, or give this one a file of "
        "its own with --warehouse."
    )
    with alone(settings.warehouse, busy, patience=0):
        _refuse_foreign_warehouse(settings.warehouse)
        yield Plan(settings, source, variables)


def _refuse_one_file_twice(settings: Settings, source: Source) -> None:
    """Source, warehouse and published file are different files, however they are named."""
    files: Mapping[str, Path] = {
        "CHURN_WAREHOUSE": settings.warehouse,
        "CHURN_PUBLISHED": settings.published,
    }
    for file in files.values():
        if not file.parent.is_dir():
            raise ChurnError(f"The folder {file.parent} does not exist. Create it first.")
    if _is_same(*files.values()):
        raise ChurnError("CHURN_WAREHOUSE and CHURN_PUBLISHED must be two different files.")
    for variable, file in files.items():
        if any(_is_same(Path(one), file) for one in source.files):
            raise ChurnError(
                f"{variable} and the source are the same file, {file}, which a build would "
                "replace. Name another file."
            )


def _is_same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


def _refuse_foreign_warehouse(warehouse: Path) -> None:
    """Stop before a file is removed that another program has open, or that is none of ours."""
    if not warehouse.exists():
        return
    refuse_other_files(warehouse)
    try:
        with duckdb.connect(str(warehouse)) as connection:
            refuse_foreign(connection, warehouse)
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise ChurnError(f"{warehouse} cannot be opened: {error}") from error
        raise ChurnError(
            f"{warehouse} is open in another program, perhaps another build. Wait for it or "
            "close it; BI tools should open the published file, which is never locked."
        ) from error
    except duckdb.Error as error:
        raise ChurnError(f"{warehouse} cannot be opened: {error}") from error
