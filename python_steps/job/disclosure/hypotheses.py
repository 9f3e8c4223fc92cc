"""What tests found."""

import math

from python_steps.job.disclosure.bank import Bank, Row
from python_steps.job.disclosure.figures import (
    bound_p_values,
    coarsen_effects,
    coarsen_ratios,
    minus,
    three_digits,
    to_error,
)
from python_steps.job.disclosure.rounding import rounded, significant
from python_steps.statistics.proportions import odds_ratio
from python_steps.statistics.verdicts import verdict

_RATIOS = ("odds_ratio", "odds_ratio_low", "odds_ratio_high")
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
    for row in rows:
        if row["method"] in ("two_proportion_z", "fisher_exact") and row["estimate_a"] is not None:
            support = _proportions(row, bank)
        else:
            support = _other(row, bank)
        row["minimum_detectable_effect"] = three_digits(row["minimum_detectable_effect"], 2)
        bound_p_values(row, _P_VALUES, support, bank.base)
        # Counts follow from these.
        row.update(statistic=None, degrees_of_freedom=None)
        row["verdict"] = _verdict(row, labels.get(row["metric"], ""), support >= 2 * bank.base)
    return rows


def _proportions(row: Row, bank: Bank) -> int:
    """Everything follows from four counts; returns the smallest."""
    (a, n_a), (b, n_b) = (
        bank.counts(round(row[f"n_{group}"] * (row[f"estimate_{group}"] or 0)), row[f"n_{group}"])
        for group in ("a", "b")
    )
    table = [[a, n_a - a], [b, n_b - b]]
    support = min(*table[0], *table[1])
    row.update(n_a=n_a, n_b=n_b)
    is_shown = support >= 2 * bank.base
    _differ(row, a / n_a if is_shown else None, b / n_b if is_shown else None)
    for effect, difference in (
        ("effect_size", "difference"),
        ("effect_low", "difference_low"),
        ("effect_high", "difference_high"),
    ):
        row[effect] = row[difference]
    row["effect_size_corrected"] = None
    for column, value in zip(_RATIOS, odds_ratio(table), strict=True):
        row[column] = significant(value) if is_shown and row[column] is not None else None
    return support


def _other(row: Row, bank: Bank) -> int:
    """A comparison of values; returns the smaller group's count."""
    row.update(n_a=rounded(row["n_a"], bank.base), n_b=rounded(row["n_b"], bank.base))
    support: int = min(row["n_a"], row["n_b"])
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
    effects = ("effect_size", "effect_low", "effect_high", "effect_size_corrected")
    coarsen_effects(row, effects, support, bank.base)
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


def _verdict(row: Row, label: str, is_shown: bool) -> str:
    if not is_shown and row["conclusion"] != "not_tested":
        return "The groups are too small for their figures to be published."
    told = {key: math.nan if value is None else value for key, value in row.items()}
    text = verdict({**told, "metric_label": label, "p_values_are_bounds": True})
    return f"{text} {row['caveat']}".rstrip()
