"""What attributes can be, and where conditions speak of them."""

import re
from collections.abc import Sequence

# What customers may be of: offers of one business are none of another.
BUSINESSES = ("bank", "telecom", "other")
ORDERED_TYPES = ("number", "integer")
OUTCOME = "has_churned"


def mentioned(condition: str, names: Sequence[str]) -> list[str]:
    """Those of the names that a condition mentions as words."""
    words = set(re.findall(r"\w+", condition.lower()))
    return [name for name in names if name.lower() in words]
