"""The typical customer of a group, against everybody else.

Everything is computed from the numbers of customers at each value, rounded down to three digits as
people say them, so that a quartile is the number that a person would name.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from python_steps.common import conditions
from python_steps.common.attributes import ORDERED_TYPES, by_attribute
from python_steps.common.conditions import Condition, number_words, value_words
from python_steps.common.languages import N_, say
from python_steps.statistics.outcome import NAN

Row = Mapping[str, Any]
Counts = NDArray[np.int64]

# Attributes that differ less are not in the sentence: a small effect by Cohen (1988).
SMALL = 0.2
# More would not be read.
MOST_SAID = 6
# A whole number of which no more values occur is counted, as products are; others are measured.
MOST_COUNTED = 12
_TYPICALLY = N_("Typically {who}, {said}.")
_TYPICALLY_THESE = N_("Typically {who}.")
_CUSTOMERS = N_("customers")
_ALIKE = N_("Hardly different from all others.")
_MIXED = N_("Different from all others, but no value is typical of them.")
_SHARE = N_("{value} ({share}%)")
_RANGE = N_("{median} (half of them {range})")
_NOBODY = N_("nobody")
_LANGUAGES = {"": "en", "_ru": "ru"}

_OF_A_SIDE: dict[str, type] = {
    "typical": str, "typical_ru": str, "median": float, "lower_quartile": float,
    "upper_quartile": float, "mode": str, "mode_share": float, "missing_share": float,
}  # fmt: skip
_COLUMNS: dict[str, type] = {
    "portrait_order": int, "group_kind": str, "group_id": str, "attribute": str, "customers": int,
    **_OF_A_SIDE, **{f"other_{name}": kind for name, kind in _OF_A_SIDE.items()},
    "standardised_difference": float, "missing_difference": float, "portrait": str,
    "portrait_ru": str,
}  # fmt: skip


@dataclass(frozen=True)
class _Values:
    """The values of an attribute that occur.

    Attributes:
        attribute: its entry in the registry.
        steps: shape (values,), ascending; None for a nominal attribute.
        names: of a nominal attribute, the values in the order of their names.
        counts: shape (values, groups), how many of each group have each.
        missing: shape (groups,), how many have none.
    """

    attribute: Row
    steps: NDArray[np.float64] | None
    names: Sequence[str]
    counts: Counts
    missing: Counts

    @classmethod
    def of(cls, attribute: Row, counts: Sequence[Row], width: int) -> "_Values":
        """From the rows of an attribute; width is the number of groups."""
        known = [row for row in counts if row["step"] is not None or row["value"] is not None]
        others = [row for row in counts if row["step"] is None and row["value"] is None]
        table, missing = (
            np.array([row["customers"] for row in rows], np.int64).reshape(-1, width)
            for rows in (known, others)
        )
        steps = None
        if attribute["type"] in ORDERED_TYPES:
            steps = np.array([row["step"] for row in known], float)
        return cls(attribute, steps, [row["value"] for row in known], table, missing.sum(axis=0))

    @property
    def is_counted(self) -> bool:
        """Whether a most frequent value says more than a median."""
        if self.steps is None:
            return True
        return self.attribute["type"] == "integer" and len(self.steps) <= MOST_COUNTED

    @property
    def ends_in_wholes(self) -> bool:
        """Whether people say 25-34 of an interval, and not 250 to 340."""
        return self.attribute["type"] == "integer" or self.attribute.get("unit") == "years"

    def condition(self, place: int) -> Condition:
        """That an attribute has the value at a place."""
        if self.steps is None:
            return conditions.value(self.attribute, self.names[place])
        value = float(self.steps[place])
        return conditions.interval(self.attribute, value, value, includes_upper=True)

    def word(self, place: int, language: str) -> str:
        """The value at a place, as people write it."""
        if self.steps is None:
            return value_words(self.names[place], language)
        return number_words(float(self.steps[place]), self.attribute.get("unit"), language)


def portraits(
    counts: Sequence[Row], attributes: Sequence[Row], segments: Sequence[Row]
) -> pd.DataFrame:
    """Describe those who left, those who stayed, each segment and each cluster.

    Args:
        counts: rows of ``int_portrait_counts``: attribute, step, value, and customers, by group:
            left, stayed, the segments by rank, the clusters from 1 on.
        attributes: the var ``attributes``.
        segments: rows of ``int_risk_segments`` that are listed, by rank.

    Returns:
        A row per group that has anybody, and attribute, with the columns of ``int_portraits``.
        Quartiles are the smallest values, rounded down to three digits, that as many of the group
        have at most; the mode is the most frequent value of those who have one.
        standardised_difference is that of :func:`order_difference` or :func:`value_difference` of
        those who have a value, missing_difference the latter of those without one.
    """
    of_attribute = by_attribute(counts)
    width = max((len(row["customers"]) for row in counts), default=2)
    clusters = width - 2 - len(segments)
    groups = [
        ("left", "left"),
        ("stayed", "stayed"),
        *(("segment", one["segment_id"]) for one in segments),
    ]
    groups += [("cluster", str(number)) for number in range(1, clusters + 1)]
    known = [_Values.of(one, of_attribute[one["name"]], width) for one in attributes]
    rows: list[dict[str, Any]] = []
    for place, (kind, name) in enumerate(groups if counts else []):
        described = [_described(values, place) for values in known]
        if not described or not described[0][0]["customers"]:
            continue
        farthest = max(_zero(abs(row[name])) for row, _ in described
                       for name in ("standardised_difference", "missing_difference"))  # fmt: skip
        said = _sentences([one for _, phrases in described for one in phrases], farthest)
        for row, _ in described:
            rows.append({"portrait_order": len(rows) + 1, "group_kind": kind, "group_id": name}
                        | row | said)  # fmt: skip
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def order_difference(a: Counts, b: Counts) -> float:
    """How far the values of a group lie above those of another one, in standard deviations.

    By ranks, so that one fortune is one customer: the difference of two normal distributions of
    which one exceeds the other as often.

    Args:
        a, b: shape (values,), how many of each group have each value, in rising order.

    Returns:
        NaN where a group has nobody. Where all of one lie above all of the other, as if half a pair
        did not.

    Source: McGraw and Wong (1992), the common language effect size, turned round.
    """
    n_a, n_b = int(a.sum()), int(b.sum())
    if not n_a or not n_b:
        return NAN
    above = float(a @ (np.cumsum(b) - b / 2)) / (n_a * n_b)
    least = 0.5 / (n_a * n_b)
    return math.sqrt(2) * float(special.ndtri(min(max(above, least), 1 - least)))


def value_difference(a: Counts, b: Counts) -> float:
    """How far the shares of values differ between two groups, in standard deviations.

    Args:
        a, b: shape (values,), how many of each group have each value.

    Returns:
        At least 0; NaN where a group has nobody. Of two values, the difference of the shares by
        the deviation of a share in the middle between them.

    Source: Yang and Dalton (2012), the multinomial standardised difference.
    """
    if not a.sum() or not b.sum():
        return NAN
    p, q = a / a.sum(), b / b.sum()
    middle = (p + q) / 2
    there = middle > 0
    return math.sqrt(float((((p - q)[there]) ** 2 / middle[there]).sum()))


def _described(values: _Values, place: int) -> tuple[dict[str, Any], list[tuple[float, Condition]]]:
    """The row of a group and an attribute, and what a sentence may say of it with its weight."""
    attribute = values.attribute
    own, none = values.counts[:, place], int(values.missing[place])
    other = values.counts[:, :2].sum(axis=1) - own
    other_none = int(values.missing[:2].sum()) - none
    sides = {"": (own, none), "other_": (other, other_none)}
    row: dict[str, Any] = {"attribute": attribute["name"], "customers": int(own.sum()) + none}
    for prefix, (counted, missing) in sides.items():
        side = _side(values, counted, missing)
        row |= {f"{prefix}{name}": value for name, value in side.items()}
    difference = value_difference if values.steps is None else order_difference
    row["standardised_difference"] = _signed(values, difference, own, other)
    presence = [np.array([counted.sum(), missing]) for counted, missing in sides.values()]
    row["missing_difference"] = value_difference(*presence)
    if row["missing_share"] < row["other_missing_share"]:
        row["missing_difference"] *= -1
    phrases = []
    phrase = _phrase(values, own, other) if own.sum() else None
    if phrase is not None:
        phrases.append((abs(row["standardised_difference"]), phrase))
    if all(one.sum() for one in presence):
        # That most have no value, or nearly all have one, is what is typical then.
        is_missing = row["missing_difference"] > 0
        if is_missing and row["missing_share"] > 0.5:
            phrases.append((abs(row["missing_difference"]), conditions.missing(attribute)))
        elif not is_missing and row["missing_share"] < 0.5:
            known = conditions.interval({**attribute, "type": "number"}, None, None)
            phrases.append((abs(row["missing_difference"]), known))
    largest = max(phrases, key=lambda one: _zero(one[0]), default=None)
    return row, [] if largest is None or not _zero(largest[0]) >= SMALL else [largest]


def _signed(values: _Values, difference: Any, own: Counts, other: Counts) -> float:
    """A difference of yes and no has a sign: positive where more of the group say yes."""
    size = float(difference(own, other))
    if values.attribute["type"] != "boolean" or "yes" not in values.names or math.isnan(size):
        return size
    yes = list(values.names).index("yes")
    return math.copysign(size, own[yes] / own.sum() - other[yes] / other.sum())


def _side(values: _Values, counts: Counts, missing: int) -> dict[str, Any]:
    """What ``_OF_A_SIDE`` names."""
    present = int(counts.sum())
    found: dict[str, Any] = {
        name: NAN if kind is float else "" for name, kind in _OF_A_SIDE.items()
    }
    if present + missing:
        found["missing_share"] = missing / (present + missing)
    if not present:
        for suffix, language in _LANGUAGES.items():
            found[f"typical{suffix}"] = _missing_words(found["missing_share"], language)
        return found
    if values.steps is not None:
        names = ("lower_quartile", "median", "upper_quartile")
        for name, share in zip(names, (0.25, 0.5, 0.75), strict=True):
            found[name] = float(values.steps[_quantile(counts, share)])
    if values.is_counted:
        mode = int(np.argmax(counts))
        found["mode_share"] = float(counts[mode] / present)
        found["mode"] = values.word(mode, "en")
    for suffix, language in _LANGUAGES.items():
        if found["missing_share"] > 0.5:
            found[f"typical{suffix}"] = _missing_words(found["missing_share"], language)
        elif values.is_counted:
            found[f"typical{suffix}"] = say(
                _SHARE,
                language,
                value=values.word(int(np.argmax(counts)), language),
                share=f"{100 * found['mode_share']:.0f}",
            )
        else:
            unit = values.attribute.get("unit")
            between = conditions.range_words(
                values.attribute, found["lower_quartile"], found["upper_quartile"], language,
                includes_upper=values.ends_in_wholes
                or found["lower_quartile"] == found["upper_quartile"],
            )  # fmt: skip
            found[f"typical{suffix}"] = say(
                _RANGE,
                language,
                median=number_words(found["median"], unit, language),
                range=between,
            )
    return found


def _missing_words(share: float, language: str) -> str:
    if math.isnan(share):
        return say(_NOBODY, language)
    missing = value_words("missing", language)
    return say(_SHARE, language, value=missing, share=f"{100 * share:.0f}")


def _quantile(counts: Counts, share: float) -> int:
    """The place of the smallest value that such a share has at most."""
    return int(np.searchsorted(np.cumsum(counts), share * int(counts.sum())))


def _phrase(values: _Values, own: Counts, other: Counts) -> Condition | None:
    """What is typical of those who have a value: what most have, or the middle half.

    None where no nominal value is one that most have, and more of them than of others.
    """
    if values.is_counted or values.steps is None:
        mode = int(np.argmax(own))
        share = own[mode] / own.sum()
        # What is typical, most have; and others less often.
        if share > 0.5 and (not other.sum() or share > other[mode] / other.sum()):
            return values.condition(mode)
        if values.steps is None:
            return None
    lower, upper = (float(values.steps[_quantile(own, share)]) for share in (0.25, 0.75))
    return conditions.interval(
        values.attribute, lower, upper, includes_upper=values.ends_in_wholes or lower == upper
    )


def _sentences(phrases: Sequence[tuple[float, Condition]], farthest: float) -> dict[str, str]:
    """The portrait in a sentence, of what differs most.

    Args:
        phrases: what may be said, with how far it differs.
        farthest: how far any attribute differs.
    """
    most = sorted(phrases, key=lambda one: -one[0])[:MOST_SAID]
    return {f"portrait{suffix}": _sentence(most, farthest, language)
            for suffix, language in _LANGUAGES.items()}  # fmt: skip


def _sentence(phrases: Sequence[tuple[float, Condition]], farthest: float, language: str) -> str:
    if not phrases:
        return say(_ALIKE if farthest < SMALL else _MIXED, language)
    # Men and women are a noun; all else is said of customers.
    nouns = [one for _, one in phrases if one.attribute == "gender" and "null" not in one.sql]
    who = nouns[0].words[language].name if nouns else say(_CUSTOMERS, language)
    said = ", ".join(one.words[language].name for _, one in phrases if one not in nouns)
    # An abbreviation at the end has its point already.
    message = _TYPICALLY if said else _TYPICALLY_THESE
    return say(message, language, who=who, said=said.removesuffix("."))


def _zero(size: float) -> float:
    return 0.0 if math.isnan(size) else size
