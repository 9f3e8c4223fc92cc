"""What a segment is: a conjunction of conditions, as SQL and in words."""

from collections.abc import Sequence
from functools import reduce
from typing import Literal, get_args

from python_steps.common.conditions import Condition, capitalised, say

# Where segments are looked for: where more leave than elsewhere, and where fewer do.
Direction = Literal["leaving", "loyal"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)


def rule_sql(conditions: Sequence[Condition]) -> str:
    """The WHERE condition over ``customers`` that selects exactly the members."""
    return " and ".join(condition.sql for condition in conditions)


def segment_name(conditions: Sequence[Condition], language: str) -> str:
    """What a person would call the segment."""
    return capitalised(", ".join(condition.words[language].name for condition in conditions))


def rule_words(conditions: Sequence[Condition], language: str) -> str:
    """The rule in words: attributes and their values."""
    rules = [condition.words[language].rule for condition in conditions]
    return capitalised(reduce(lambda a, b: say("and", language, first=a, second=b), rules))


def rule_id(conditions: Sequence[Condition]) -> str:
    """An identifier that stays the same as long as the rule does."""
    return "__".join(condition.slug for condition in conditions)
