"""The vars of dbt for one build: those of vars.yml, changed by a mapping and by ``--vars``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from python_steps.common.errors import ChurnError, nearest
from python_steps.common.settings import Settings
from python_steps.intake.mapping import (
    find_mapping,
    read_mapping,
    refuse_aliases,
    refuse_days_that_are_none,
)
from python_steps.intake.source import Source

FILE = "vars.yml"


@dataclass(frozen=True)
class Variables:
    """What is said to dbt.

    Attributes:
        values: the vars that are not as in vars.yml.
        aside: what steps aside as the table does not have it, in sentences.
    """

    values: Mapping[str, Any]
    aside: Sequence[str] = ()

    @property
    def dialect(self) -> Mapping[str, str]:
        """How the CSV is written, as the mapping says it."""
        dialect: Mapping[str, str] = self.values.get("mapping", {}).get("csv") or {}
        return dialect

    def source(self, settings: Settings) -> Source:
        """The source of a build with these vars."""
        return Source.of(settings.table, settings.encoding, self.dialect)


def known_variables(project: Path) -> Mapping[str, Any]:
    """The vars of a project's vars.yml.

    Raises:
        ChurnError: it cannot be read.
    """
    try:
        written = (project / FILE).read_text(encoding="utf-8")
        # The loader that dbt has: the other takes less.
        known: Mapping[str, Any] = yaml.load(written, Loader=yaml.CSafeLoader)["vars"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ChurnError(f"{FILE} cannot be read: {error}") from error
    return known


def read_variables(settings: Settings, given: str | None = None) -> Variables:
    """The vars for dbt: those of the mapping, then those given.

    Args:
        settings: name the mapping, if there is one.
        given: vars as YAML, which the mapping reads too.

    Raises:
        ChurnError: what is given or the mapping cannot be read, or has mistakes.
    """
    try:
        refuse_aliases(given or "", "--vars")
        refuse_days_that_are_none(given or "", "--vars")
        own = yaml.load(given, Loader=yaml.CSafeLoader) if given else {}
    except (ValueError, yaml.YAMLError) as error:
        raise ChurnError(f"--vars is no YAML: {error}") from error
    if not isinstance(own, dict):
        raise ChurnError("--vars must be YAML such as '{alpha: 0.01}'.")
    known = known_variables(settings.project)
    for name in own:
        if name not in known:
            raise ChurnError(
                f"--vars: there is no var {name}{nearest(name, known)}. {FILE} has them all."
            )
    if not settings.mapping:
        return Variables(own)
    file = find_mapping(settings.mapping, settings.folder, settings.project)
    read = read_mapping(file, {**known, **own})
    aside = []
    if read.absent:
        aside.append(f"The table has no {', '.join(read.absent)}.")
    if read.aside:
        aside.append(f"What needs them steps aside: {', '.join(read.aside)}.")
    return Variables(own | dict(read.variables), aside)
