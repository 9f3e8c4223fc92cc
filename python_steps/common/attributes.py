"""What attributes can be, and where conditions speak of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# What customers may be of: offers of one business are none of another.
BUSINESSES = ("bank", "telecom", "other")
ORDERED_TYPES = ("number", "integer")
OUTCOME = "has_churned"


def by_attribute(rows: Iterable[Mapping[str, Any]]) -> defaultdict[str, list[Mapping[str, Any]]]:
    """Rows by their column ``attribute``, in their order; none of an attribute without any."""
    found = defaultdict[str, list[Mapping[str, Any]]](list)
    for row in rows:
        found[row["attribute"]].append(row)
    return found


def mentioned(condition: str, names: Sequence[str]) -> list[str]:
    """Those of the names that a condition mentions as words."""
    words = set(re.findall(r"\w+", condition.lower()))
    return [name for name in names if name.lower() in words]
