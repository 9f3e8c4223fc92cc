"""The lists of segments that a confirmation half has been asked about, over many builds.

Who tries many settings and keeps the list that is confirmed uses the half up: each different list
is one more chance of a false finding. A file beside the warehouse remembers them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from python_steps.common.errors import ChurnError

IDS = ("table_id", "half_id", "list_id")


def memory_of(warehouse: str | Path) -> Path:
    """The file that remembers what was built in a warehouse."""
    return Path(f"{warehouse}.lists.json")


def read_memory(warehouse: str | Path) -> list[dict[str, str]]:
    """The lists that earlier builds in a warehouse have tested.

    Raises:
        ChurnError: the file that remembers them cannot be read.
    """
    file = memory_of(warehouse)
    try:
        return _ids(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ChurnError(
            f"{file} cannot be read, which remembers the lists of segments that were tested on "
            f"this data: {error}. Mend it, or remove it to begin to count anew."
        ) from error


def known_lists(
    counts: Sequence[Mapping[str, Any]],
    min_lift: float,
    earlier: Sequence[Mapping[str, str]],
    new_halves: str = "",
) -> pd.DataFrame:
    """All different lists, with the one of this build.

    A table is known by its numbers of customers and churners, and a half by its own: with another
    row it is another one. A list is known by its rules and the lift that they were asked for,
    whatever other settings have led to it.

    Args:
        counts: rows of ``int_segment_counts``.
        min_lift: as ``segment_min_lift``.
        earlier: what :func:`read_memory` gave.
        new_halves: by what the halves were drawn anew; empty where they are the usual ones.

    Returns:
        A row per table, half and list: table_id, half_id, list_id, is_current.
    """
    found = _ids(earlier)
    current = None
    rules = sorted({row["segment_id"] for row in counts if row["origin"] != "named"})
    if rules:
        sizes = {row["fold"]: (row["fold_customers"], row["fold_churned"]) for row in counts}
        confirmation = sizes.get("confirmation", (0, 0))
        both = [sum(pair) for pair in zip(*sizes.values(), strict=True)]
        current = {
            "table_id": _digest(both),
            "half_id": _digest([*both, *confirmation, new_halves]),
            "list_id": _digest([float(min_lift), *rules]),
        }
        if current not in found:
            found.append(current)
    rows = [{**one, "is_current": one == current} for one in found]
    rows.sort(key=lambda one: [one[name] for name in IDS])
    types: dict[str, type] = {**dict.fromkeys(IDS, str), "is_current": bool}
    return pd.DataFrame(rows, columns=list(types)).astype(types)


def write_memory(warehouse: str | Path, lists: Sequence[Mapping[str, str]]) -> None:
    """Remember lists.

    Args:
        warehouse: beside which the file lies.
        lists: rows of :func:`known_lists`.
    """
    file = memory_of(warehouse)
    written = file.with_name(f"{file.name}.tmp")
    written.write_text(json.dumps(_ids(lists), indent=1) + "\n", encoding="utf-8")
    written.replace(file)


def _ids(lists: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{name: one[name] for name in IDS} for one in lists]


def _digest(values: Sequence[object]) -> str:
    return hashlib.md5("|".join(map(str, values)).encode(), usedforsecurity=False).hexdigest()
