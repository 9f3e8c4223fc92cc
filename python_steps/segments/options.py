"""The vars of the search, and what they must not be."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from python_steps.common.errors import ChurnError
from python_steps.segments.search import OBJECTIVES


def refuse_wrong_settings(settings: Mapping[str, Any]) -> None:
    """Stop where a var of the search has no meaning.

    Raises:
        ChurnError: with every mistake.
    """
    mistakes = []

    def need(var: str, is_right: Callable[[Any], bool], what: str) -> None:
        if isinstance(settings[var], bool) or not is_right(settings[var]):
            mistakes.append(f"{var} is {settings[var]!r}; it must be {what}")

    def number(low: float, high: float) -> Callable[[Any], bool]:
        return lambda value: isinstance(value, int | float) and low <= value <= high

    def whole(low: int, high: int) -> Callable[[Any], bool]:
        return lambda value: isinstance(value, int) and low <= value <= high

    need("max_conditions", whole(1, 4), "a whole number from 1 to 4")
    need("segment_min_customers", number(1, np.inf), "a number of customers, at least 1")
    need("segment_min_share", number(0, 1), "a share from 0 to 1")
    need("segment_min_lift", number(1, np.inf), "a number, at least 1")
    need("segment_condition_cost", lambda value: number(0, 1)(value) and value < 1, "a share")
    need("max_conjunctions", whole(1, 10**12), "a whole number, at least 1")
    need("high_quantile", number(0, 1), "a share from 0 to 1")
    need("segment_splits", whole(0, 10**6), "a whole number, at least 0")
    need("segment_permutations", whole(0, 10**6), "a whole number, at least 0")
    need("segment_limit", whole(0, 1000), "a whole number from 0 to 1000")
    need("loyal_segment_limit", whole(0, 1000), "a whole number from 0 to 1000")
    need("segment_max_jaccard", number(0, 1), "a share from 0 to 1")
    need("alpha", number(0, 1), "a probability from 0 to 1")
    need(
        "segment_objectives",
        lambda value: isinstance(value, list) and bool(value) and set(value) <= set(OBJECTIVES),
        f"a list of some of {', '.join(OBJECTIVES)}",
    )
    if mistakes:
        raise ChurnError("\n".join([*mistakes, "Change these vars in vars.yml."]))
