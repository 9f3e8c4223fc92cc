"""What tests found."""

import math
import re
from collections.abc import Sequence

from python_steps.common.attributes import OUTCOME
from python_steps.job.disclosure.bank import Bank, Row
from python_steps.job.disclosure.conjunctions import rule_counts
from python_steps.job.disclosure.figures import (
    bound_p_values,
    coarsen_effects,
    coarsen_ratios,
    has_dominant_value,
    minus,
    three_digits,
    to_error,
)
from python_steps.job.disclosure.rounding import significant
from python_steps.statistics.hypotheses import EVERYBODY as EVERYBODY_GROUP
from python_steps.statistics.hypotheses import LEFT, OF_RATES, STAYED
from python_steps.statistics.proportions import odds_ratio
from python_steps.statistics.verdicts import verdict

EVERYBODY = EVERYBODY_GROUP["where"]
_RATIOS = ("odds_ratio", "odds_ratio_low", "odds_ratio_high")
_DIFFERENCES = ("difference", "difference_low", "difference_high")
_EFFECTS = (
    "effect_size", "effect_low", "effect_high", "effect_size_corrected", "rank_biserial",
    "rank_biserial_low", "rank_biserial_high",
)  # fmt: skip
_P_VALUES = (
    "p_value",
    "p_value_holm",
    "p_value_bh",
    "p_value_equivalence",
    "p_value_equivalence_holm",
)


def hypothesis_tests(rows: list[Row], bank: Bank) -> list[Row]:
    """The published rows of ``hypothesis_tests``."""
    labels = {row["attribute"]: row["label"] for row in bank.read("attributes")}
    dominated = {
        row["attribute"]
        for row in bank.read("attribute_profiles")
        if row["present"] and has_dominant_value(row)
    }
    groups = {id(row): (_rule(row, "a"), _rule(row, "b")) for row in rows}
    counts = rule_counts(sorted({one for pair in groups.values() for one in pair}), bank)
    for row in rows:
        sides = [
            (counts[rule], row[f"condition_{group}"])
            for rule, group in zip(groups[id(row)], ("a", "b"), strict=True)
        ]
        is_of_rates = row["method"] in OF_RATES
        exact = (row["difference"], row["effect_size"])
        if is_of_rates and row["metric"] == OUTCOME and row["estimate_a"] is not None:
            support = _rates(row, [count for count, _ in sides], bank)
        else:
            support = _other(row, [_of_outcome(*side) for side in sides], bank)
            # Where one value makes up most of a variance, it follows from that.
            if is_of_rates or (row["method"] == "welch_t" and row["metric"] in dominated):
                row.update(dict.fromkeys([*_DIFFERENCES, *_EFFECTS, *_RATIOS]))
        is_shown = support >= 2 * bank.base
        if is_of_rates:
            # It is a part of a rate.
            row["margin"] = significant(row["margin"], 2) if is_shown else None
        coarsen_ratios(row, ("minimum_detectable_effect",), support, bank.base)
        if row["method"] == "chi_square":
            # It tells how many bands have somebody.
            row["minimum_detectable_effect"] = None
        bound_p_values(row, _P_VALUES, support, bank.base)
        # Counts follow from these.
        row.update(statistic=None, degrees_of_freedom=None, p_value_kind=None)
        if not is_shown:
            row["conclusion"] = "not_tested"
        for caveat in ("caveat", "caveat_ru"):
            row[caveat] = _without_figures(row[caveat])
        row["verdict"] = _verdict(row, labels.get(row["metric"], ""), exact)
    return rows


def _without_figures(caveat: str) -> str:
    """Which answer misleads, and not by how much: rates of parts follow from that."""
    caveat = re.sub(r", [^,]* instead of [-+.\d]+\d(?: percentage points)?", "", caveat)
    return re.sub(r": [^:]* вместо [−+,\d]+\d(?: п\. п(?=\.))?", "", caveat)


def _rule(row: Row, group: str) -> str:
    """The group as a conjunction, but for who left where it is those."""
    conditions = [row["condition_within"]] if row["condition_within"] != EVERYBODY else []
    if row["metric"] != OUTCOME and row["method"] != "chi_square":
        conditions.append(f"{row['metric']} is not null")
    if row[f"condition_{group}"] not in (LEFT["where"], STAYED["where"]):
        conditions.append(row[f"condition_{group}"])
    return " and ".join(conditions) or "true"


def _of_outcome(counts: tuple[int, int], condition: str) -> int:
    left, stayed = counts
    return {LEFT["where"]: left, STAYED["where"]: stayed}.get(condition, left + stayed)


def _rates(row: Row, groups: Sequence[tuple[int, int]], bank: Bank) -> int:
    """Everything follows from four counts; returns the smallest."""
    support = min(min(group) for group in groups)
    is_shown = support >= 2 * bank.base
    (a, stayed_a), (b, stayed_b) = groups
    row.update(n_a=a + stayed_a, n_b=b + stayed_b)
    _differ(row, a / row["n_a"] if is_shown else None, b / row["n_b"] if is_shown else None)
    for effect, difference in zip(_EFFECTS, _DIFFERENCES, strict=False):
        row[effect] = row[difference]
    row.update(dict.fromkeys(_EFFECTS[3:]))
    for column, value in zip(_RATIOS, odds_ratio(groups), strict=True):
        row[column] = significant(value) if is_shown and row[column] is not None else None
    return support


def _other(row: Row, counts: Sequence[int], bank: Bank) -> int:
    """A comparison of values; returns the smaller group's count."""
    row.update(n_a=counts[0], n_b=counts[1])
    support = min(counts)
    # Of a mean the interval tells the error; the estimates of the rest are medians.
    width = minus(row["difference_high"], row["difference_low"])
    estimates: list[float | None] = []
    for group in ("a", "b"):
        estimate, count = row[f"estimate_{group}"], row[f"n_{group}"]
        if support < 2 * bank.base:
            estimates.append(None)
        elif width is None:
            estimates.append(three_digits(estimate))
        else:
            estimates.append(to_error(estimate, width / 4, bank.base, count))
    _differ(row, *estimates)
    coarsen_effects(row, _EFFECTS, support, bank.base)
    coarsen_ratios(row, _RATIOS, support, bank.base)
    return support


def _differ(row: Row, a: float | None, b: float | None) -> None:
    """Set the estimates, their difference, and an interval around it as wide as the exact one."""
    width = minus(row["difference_high"], row["difference_low"])
    row.update(estimate_a=a, estimate_b=b, difference=minus(a, b))
    for end, sign in (("low", -1), ("high", 1)):
        row[f"difference_{end}"] = (
            None
            if width is None or row["difference"] is None
            else row["difference"] + sign * significant(width / 2, 2)
        )


def _verdict(row: Row, label: str, exact: Sequence[float | None]) -> str:
    if row["conclusion"] == "not_tested" and row["p_value"] is None:
        return "The groups are too small for a test, or for their figures to be published."
    if row["effect_size"] is None:
        return f"{row['conclusion'].replace('_', ' ').capitalize()}; the figures are not published."
    told = {key: math.nan if value is None else value for key, value in row.items()}
    # What is rounded to nothing keeps its sign.
    for column, value in zip(("difference", "effect_size"), exact, strict=True):
        if value is not None and not told[column]:
            told[column] = math.copysign(1e-12, value)
    text = verdict({**told, "metric_label": label, "p_values_are_bounds": True})
    return f"{text} {row['caveat']}".rstrip()
