"""What a segment is: a conjunction of conditions, as SQL and in words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """One condition on one attribute. Exactly one kind of test is set.

    Attributes:
        attribute: the column's name in ``customers``.
        sql: a WHERE condition over ``customers``, true for members only and never null-dependent.
        words: the condition as a person says it.
        slug: the condition in letters, digits and underscores, for identifiers.
    """

    attribute: str
    sql: str
    words: str
    slug: str


def interval(
    attribute: Mapping[str, Any],
    lower: float | None,
    upper: float | None,
    *,
    words: str,
    includes_upper: bool = False,
    excludes_lower: bool = False,
) -> Condition:
    """A condition that an ordered attribute lies in [lower, upper), or is present at all.

    Args:
        attribute: the attribute's entry in the registry.
        lower, upper: the bounds in the attribute's unit; None leaves a side open.
        words: the range as people say it.
        includes_upper: the upper bound belongs to the interval.
        excludes_lower: the lower bound does not belong to the interval.
    """
    name = attribute["name"]
    parts, slug = [], name
    if lower is not None:
        parts.append(f"{name} {'>' if excludes_lower else '>='} {_literal(lower)}")
        slug += f"_from_{identifier(lower)}"
    if upper is not None:
        parts.append(f"{name} {'<=' if includes_upper else '<'} {_literal(upper)}")
        slug += f"_to_{identifier(upper)}"
    if not parts:
        parts, slug = [f"{name} is not null"], f"{name}_known"
    return Condition(name, " and ".join(parts), f"{attribute['label']} {words}", slug)


def value(attribute: Mapping[str, Any], wanted: str) -> Condition:
    """A condition that a nominal attribute has one value; yes and no for booleans."""
    name = attribute["name"]
    if attribute["type"] == "boolean":
        sql = name if wanted == "yes" else f"not {name}"
    else:
        sql = f"{name} = " + "'" + wanted.replace("'", "''") + "'"
    words = attribute.get("words", {}).get(wanted, f"{attribute['label']} {wanted}")
    return Condition(name, sql, words, f"{name}_{identifier(wanted)}")


def missing(attribute: Mapping[str, Any]) -> Condition:
    """A condition that an attribute has no value."""
    name = attribute["name"]
    return Condition(name, f"{name} is null", f"{attribute['label']} missing", f"{name}_missing")


def rule_sql(conditions: tuple[Condition, ...]) -> str:
    """The WHERE condition over ``customers`` that selects exactly the members."""
    return " and ".join(condition.sql for condition in conditions)


def rule_words(conditions: tuple[Condition, ...]) -> str:
    """The rule as a person says it, beginning with a capital letter."""
    text = ", ".join(condition.words for condition in conditions)
    return text[:1].upper() + text[1:]


def rule_id(conditions: tuple[Condition, ...]) -> str:
    """An identifier that stays the same as long as the rule does."""
    return "__".join(condition.slug for condition in conditions)


def _literal(number: float) -> str:
    """A number as SQL, without exponent and without loss."""
    return str(int(number)) if float(number).is_integer() else format(number, ".15g")


def identifier(text: object) -> str:
    """A text in lower-case letters, digits and underscores."""
    if isinstance(text, float):
        text = _literal(text)
    return re.sub(r"\W+", "_", str(text).lower()).strip("_")
