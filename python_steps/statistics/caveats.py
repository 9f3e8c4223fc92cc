"""Where the answer to a question is another one among customers who are alike in something else.

A reader who acts on an answer is misled where customers alike in another attribute give one of the
other sign, none, or one where the whole shows none; and by more than the margin below which a
difference does not matter. All else is left unsaid.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from babel.numbers import get_decimal_symbol
from numpy.typing import ArrayLike
from scipy import special

from python_steps.common.attributes import OUTCOME, mentioned
from python_steps.common.conditions import label
from python_steps.common.languages import N_, say
from python_steps.statistics.hypotheses import OF_RATES, of_outcome
from python_steps.statistics.outcome import NAN

Row = Mapping[str, Any]

# More would not be read; the first is the largest.
MOST = 3
# Of fewer customers in either group a stratum of its own says nothing that anybody acts on.
MIN_CUSTOMERS = 30
_WITHIN_MARGIN = ("no_difference", "negligible_difference")

_OF_A_PART = N_("Misleads: among {part} {answer}, {now} instead of {whole}.")
_ALIKE = N_("Misleads: among customers alike in “{stratum}” {answer}, {now} instead of {whole}.")
_WHERE = N_("Misleads: where “{stratum}” is {band}, {answer}, {now} instead of {whole}.")
_OPPOSITE = N_("the difference has the other sign")
_LOST = N_("there is no difference beyond the margin")
_HIDDEN = N_("there is a difference")
WHICH_FIRST = N_("One table cannot tell which comes first: leaving itself may change “{names}”.")
_POINTS = N_("{number} percentage points")
# Hedges g is one of means; this is one of ranks, in the same unit.
_BY_RANKS = N_("standard deviations by ranks")
N_("Cramér's V"), N_("rank-biserial"), N_("Hedges g")
# Of two one-sided tests at 0.05, that a difference lies within the margin.
_ONE_SIDED = 1.6448536269514722


@dataclass(frozen=True)
class Names:
    """What people call things in a language.

    Attributes:
        language: one that has a catalogue.
        attributes: the labels, by attribute.
        bands: by attribute and number.
    """

    language: str
    attributes: Mapping[str, str]
    bands: Mapping[tuple[str, int], str]


@dataclass(frozen=True)
class Caveat:
    """In what way an answer misleads.

    Attributes:
        message: a sentence with names in braces.
        answer: what holds instead.
        unit: of the figures: ``points``, or the name of an effect.
        now, whole: the figure that holds instead, and the one of the answer.
        margin: below which a difference does not matter.
        stratum, band_order: among whom; an attribute, and a band of it.
        other: the row of the hypothesis about the part.
    """

    message: str
    answer: str
    unit: str
    now: float
    whole: float
    margin: float
    stratum: str = ""
    band_order: int = 0
    other: Row | None = None

    @property
    def size(self) -> float:
        """By how many margins the answer changes."""
        return abs(self.now - self.whole) / self.margin

    def words(self, names: Names) -> str:
        """The caveat as a sentence."""
        language = names.language
        unit = "" if self.unit == "points" else say(self.unit, language)
        now, whole = (
            f"{unit} {_written(f'{number:.2f}', language)}"
            if unit
            else say(_POINTS, language, number=_written(f"{100 * number:+.1f}", language))
            for number in (self.now, self.whole)
        )
        # The unit is said once.
        whole = whole.removeprefix(f"{unit} ")
        other = self.other or {}
        suffix = "" if language == "en" else f"_{language}"
        sentence = say(
            self.message,
            language,
            answer=say(self.answer, language),
            now=now,
            whole=whole,
            stratum=names.attributes.get(self.stratum, ""),
            band=names.bands.get((self.stratum, self.band_order), ""),
            part=other.get(f"within{suffix}", ""),
        )
        # An abbreviation at the end has its point already.
        return sentence.removesuffix("..") + "." if sentence.endswith("..") else sentence


def which_comes_first(row: Row, attributes: Sequence[Row], language: str) -> str:
    """That one table cannot tell whether an attribute changed before somebody left, or by that.

    Args:
        row: a row of the ``hypothesis_tests`` mart.
        attributes: the var ``attributes``, whose ``may_follow`` says of which this is so.
        language: one that has a catalogue.

    Returns:
        A sentence; empty where the question is about no such attribute, or nothing was found.
    """
    groups = f"{row['condition_a']} {row['condition_b']}"
    asked = groups if row["metric"] == OUTCOME else row["metric"] if of_outcome(row) else ""
    follow = {one["name"]: one for one in attributes if one.get("may_follow")}
    named = mentioned(asked, list(follow))
    if row["conclusion"] != "difference" or not named:
        return ""
    between = "”, “" if language == "en" else "», «"
    return say(
        WHICH_FIRST,
        language,
        names=between.join(label(follow[name], language) for name in named),
    )


def caveats(
    row: Row,
    family: Sequence[Row],
    strata: Sequence[Row],
    stratified_effects: Sequence[Row],
    attributes: Sequence[str],
    looks: int,
) -> Sequence[Caveat]:
    """What would mislead who acts on an answer, the largest first.

    Args:
        row: a row of the ``hypothesis_tests`` mart.
        family: all its rows.
        strata: rows of ``int_comparison_strata`` of the same comparison.
        stratified_effects: rows of ``int_stratified_effects``.
        attributes: their names.
        looks: in how many places the whole family is looked at, over which alpha is divided.

    Returns:
        At most ``MOST``. Attributes that the question is about, or holds fixed, are no strata.
    """
    if row["conclusion"] == "not_tested":
        return []
    asked = f"{row['metric']} {row['condition_a']} {row['condition_b']} {row['condition_within']}"
    fixed = mentioned(asked, attributes)
    found = [*_of_a_part(row, family)]
    if row["metric"] == OUTCOME:
        free = [one for one in strata if one["stratum_attribute"] not in fixed]
        found += _of_rates(row, free, looks)
    elif of_outcome(row) and not row["within"]:
        found += _of_attribute(row, stratified_effects, looks)
    return sorted(found, key=lambda one: -one.size)[:MOST]


def risk_difference(tables: ArrayLike) -> tuple[float, float]:
    """The difference of two groups' rates within strata, and its standard error.

    Args:
        tables: shape (strata, 2, 2), counts: [group][hit or not].

    Returns:
        Weighted by n_a n_b / (n_a + n_b), as Mantel and Haenszel weight; NaN where no stratum has
        both groups.

    Source: Greenland and Robins (1985). Rates in the standard error are those of Agresti and
    Caffo (2000), so that a stratum of which nobody left is not certain.
    """
    counts = np.asarray(tables, float).reshape(-1, 2, 2)
    sizes = counts.sum(axis=2)
    counts, sizes = counts[(sizes > 0).all(axis=1)], sizes[(sizes > 0).all(axis=1)]
    if not len(counts):
        return NAN, NAN
    weights = sizes.prod(axis=1) / sizes.sum(axis=1)
    rates = counts[:, :, 0] / sizes
    safe = (counts[:, :, 0] + 1) / (sizes + 2)
    variances = (safe * (1 - safe) / (sizes + 2)).sum(axis=1)
    total = weights.sum()
    difference = float(weights @ (rates[:, 0] - rates[:, 1]) / total)
    return difference, math.sqrt(float(weights**2 @ variances)) / total


def order_effect(tables: ArrayLike) -> tuple[float, float]:
    """The rank-biserial correlation of two groups within strata, and its standard error.

    Args:
        tables: shape (strata, 2, bands), counts: [group][band], bands in rising order.

    Returns:
        Weighted by n_a n_b / (n_a + n_b + 1); NaN where no stratum has both groups.

    Source: van Elteren (1960); the standard error is DeLong, DeLong and Clarke-Pearson's (1988).
    """
    counts = np.asarray(tables, float)
    sizes = counts.sum(axis=2)
    counts, sizes = counts[(sizes > 0).all(axis=1)], sizes[(sizes > 0).all(axis=1)]
    if not len(counts):
        return NAN, NAN
    placed = []
    for other in (1, 0):
        below = np.cumsum(counts[:, other], axis=1) - counts[:, other] / 2
        placed.append(below / sizes[:, other, None])
    areas = (counts[:, 0] * placed[0]).sum(axis=1) / sizes[:, 0]
    variances = np.zeros(len(counts))
    for own, middle in ((0, areas), (1, 1 - areas)):
        spread = (counts[:, own] * (placed[own] - middle[:, None]) ** 2).sum(axis=1)
        # Of one customer the spread is not known; half is what it is at most.
        variances += (
            np.where(sizes[:, own] > 1, spread / np.maximum(sizes[:, own] - 1, 1), 0.25)
            / (sizes[:, own])
        )
    weights = sizes.prod(axis=1) / (sizes.sum(axis=1) + 1)
    total = weights.sum()
    effect = float(weights @ (2 * areas - 1) / total)
    return effect, 2 * math.sqrt(float(weights**2 @ variances)) / total


def band_effect(tables: ArrayLike) -> tuple[float, float, float]:
    """How far bands differ in churn within strata: Cramér's V of them, its error and p-value.

    Args:
        tables: shape (strata, 2, bands), counts: [left or stayed][band].

    Returns:
        The root of the strata's chi-square statistics, less what chance gives, by the customers;
        its standard error, as the root of such a statistic has one of about 1; and the p-value of
        their sum. NaN where no stratum can differ.

    Source: Pearson (1900), summed; the correction is Bergsma's (2013).
    """
    statistic = degrees = customers = 0.0
    for table in np.asarray(tables, float):
        filled = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
        if min(filled.shape) < 2:
            continue
        total = filled.sum()
        expected = filled.sum(axis=1, keepdims=True) * filled.sum(axis=0) / total
        statistic += float(((filled - expected) ** 2 / expected).sum())
        degrees += (filled.shape[0] - 1) * (filled.shape[1] - 1)
        customers += float(total)
    if not degrees:
        return NAN, NAN, NAN
    size = math.sqrt(max(0.0, statistic - degrees) / customers)
    return size, 1 / math.sqrt(customers), float(special.chdtrc(degrees, statistic))


def _of_a_part(row: Row, family: Sequence[Row]) -> Iterator[Caveat]:
    """The same question, asked of a part of the customers, has another answer."""
    same = ("metric", "method", "condition_a", "condition_b", "alternative")
    for other in family:
        if row["within"] or not other["within"] or any(other[key] != row[key] for key in same):
            continue
        # That a part is too small to decide is no other answer.
        found, answer = row["conclusion"], ""
        changed = abs(_effect(other) - _effect(row)) > row["margin"]
        if other["conclusion"] == "difference" and found in _WITHIN_MARGIN and changed:
            answer = _HIDDEN
        elif other["conclusion"] in _WITHIN_MARGIN and found == "difference" and changed:
            answer = _LOST
        elif other["conclusion"] == found == "difference" and _is_opposite(row, other):
            answer = _OPPOSITE
        if answer:
            yield Caveat(
                _OF_A_PART, answer, _unit(row), _effect(other), _effect(row), row["margin"],
                other=other,
            )  # fmt: skip


def _of_rates(row: Row, strata: Sequence[Row], looks: int) -> Iterator[Caveat]:
    """The difference of two groups' churn rates within the bands of other attributes."""
    whole, margin = _effect(row), row["margin"]
    if row["method"] not in OF_RATES or math.isnan(whole):
        return
    by_attribute: dict[str, list[Row]] = {}
    for one in sorted(strata, key=lambda one: one["band_order"]):
        by_attribute.setdefault(one["stratum_attribute"], []).append(one)
    for stratum, rows in by_attribute.items():
        tables = np.array([
            [[one[f"churned_{group}"], one[f"customers_{group}"] - one[f"churned_{group}"]]
             for group in "ab"]
            for one in rows
        ])  # fmt: skip
        alike, error = risk_difference(tables)
        if answer := _changed(row, whole, alike, error, looks):
            yield Caveat(_ALIKE, answer, "points", alike, whole, margin, stratum)
        for one, table in zip(rows, tables, strict=True):
            own, error = risk_difference(table[None])
            is_large = table.sum(axis=1).min() >= MIN_CUSTOMERS
            is_other = row["conclusion"] == "difference" and own * whole < 0
            if is_large and is_other and abs(own) > margin and _is_clear(own, error, looks):
                band = one["band_order"]
                yield Caveat(_WHERE, _OPPOSITE, "points", own, whole, margin, stratum, band)


def _of_attribute(row: Row, effects: Sequence[Row], looks: int) -> Iterator[Caveat]:
    """How those who left differ from those who stayed, within the bands of other attributes."""
    margin = row["margin"]
    pairs = {one["stratum_attribute"]: one for one in effects if one["attribute"] == row["metric"]}
    for stratum, one in pairs.items():
        if row["method"] in ("welch_t", "mann_whitney_u"):
            # By ranks too where the question is about means: one value far out makes no caveat.
            # As far as normal values would lie apart, which is the unit of the margin then.
            whole, alike, error = (
                _number(one[name]) for name in ("crude_order_effect", "order_effect", "order_error")
            )
            unit = "rank-biserial"
            if row["method"] == "welch_t":
                unit, error = _BY_RANKS, error * _slope(alike)
                whole, alike = _in_deviations(whole), _in_deviations(alike)
            answer = _changed(row, whole, alike, error, looks)
        elif row["method"] == "chi_square":
            whole, alike = row["effect_size_corrected"], _number(one["band_effect"])
            is_clear = _number(one["band_p_value"]) < 0.05 / max(1, looks)
            answer, unit = "", "Cramér's V"
            highest = alike + _ONE_SIDED * _number(one["band_error"])
            if row["conclusion"] == "difference" and whole > margin >= highest:
                answer = _LOST
            elif row["conclusion"] in _WITHIN_MARGIN and alike > margin and is_clear:
                answer = _HIDDEN
        else:
            continue
        if answer and abs(alike - whole) > margin:
            yield Caveat(_ALIKE, answer, unit, alike, whole, margin, stratum)


def _changed(row: Row, whole: float, alike: float, error: float, looks: int) -> str:
    """What holds instead among customers who are alike; empty where the answer does not change."""
    margin = row["margin"]
    if math.isnan(alike) or math.isnan(whole) or abs(alike - whole) <= margin:
        return ""
    is_there = row["conclusion"] == "difference"
    is_alike = abs(alike) > margin and _is_clear(alike, error, looks)
    if is_there and is_alike:
        return _OPPOSITE if alike * whole < 0 else ""
    if is_there:
        return _LOST if abs(alike) + _ONE_SIDED * error <= margin else ""
    return _HIDDEN if is_alike and row["conclusion"] in _WITHIN_MARGIN else ""


def _in_deviations(rank_biserial: float) -> float:
    """A rank-biserial correlation as the distance of two normal distributions."""
    return math.sqrt(2) * float(special.ndtri((1 + rank_biserial) / 2))


def _slope(rank_biserial: float) -> float:
    """How fast that distance grows with the correlation."""
    z = float(special.ndtri((1 + rank_biserial) / 2))
    return math.sqrt(2) / 2 * math.sqrt(2 * math.pi) * math.exp(z * z / 2)


def _is_clear(value: float, error: float, looks: int) -> bool:
    """Whether a value differs from 0 at 0.05 over all looks, two-sided."""
    return abs(value) > -float(special.ndtri(0.025 / max(1, looks))) * error


def _effect(row: Row) -> float:
    """The size of an answer, in the unit of its margin."""
    return float(row["difference"] if row["method"] in OF_RATES else row["effect_size"])


def _is_opposite(row: Row, other: Row) -> bool:
    signed = row["method"] not in ("chi_square", "kolmogorov_smirnov")
    return signed and _effect(row) * _effect(other) < 0


def _number(value: float | None) -> float:
    return NAN if value is None else float(value)


def _written(number: str, language: str) -> str:
    # A verdict in English has hyphens too.
    sign = "-" if language == "en" else "\N{MINUS SIGN}"
    return number.replace("-", sign).replace(".", get_decimal_symbol(language))


def _unit(row: Row) -> str:
    return "points" if row["method"] in OF_RATES else str(row["effect_name"])


def looks_of(strata: Iterable[Row], stratified_effects: Iterable[Row]) -> int:
    """In how many places caveats are looked for.

    Args:
        strata: rows of ``int_comparison_strata``.
        stratified_effects: rows of ``int_stratified_effects``.
    """
    pairs = {(one["attribute"], one["stratum_attribute"]) for one in stratified_effects}
    return sum(1 for _ in strata) + len(pairs)
