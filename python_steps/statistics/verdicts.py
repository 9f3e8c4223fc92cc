"""What a test found, in plain sentences that a bank can act on.

No sentence accepts a null hypothesis: where there is no evidence of a difference it says so, and
"no difference" only where a test of equivalence shows it.
"""

import math
from collections.abc import Mapping
from typing import Any

from python_steps.common.attributes import OUTCOME
from python_steps.statistics.contingency import LEAST_SIMULATED
from python_steps.statistics.hypotheses import OF_RATES, of_outcome

Row = Mapping[str, Any]

# Intervals of 95% leave out no difference where a question alone is answered at this level.
ALONE = 0.05


def conclusion(p_value_holm: float, p_value_equivalence_holm: float, alpha: float) -> str:
    """What a test allows to say.

    Args:
        p_value_holm: of the hypothesis that there is no difference.
        p_value_equivalence_holm: of the hypothesis that there is one beyond the margin.
        alpha: the family-wise error of either.

    Returns:
        ``difference``, ``negligible_difference`` (there is one, and it lies within the margin),
        ``no_difference`` (none beyond the margin), ``undecided`` (too little data for either), or
        ``not_tested``.
    """
    if math.isnan(p_value_holm):
        return "not_tested"
    equivalent = p_value_equivalence_holm < alpha
    if p_value_holm < alpha:
        return "negligible_difference" if equivalent else "difference"
    return "no_difference" if equivalent else "undecided"


def verdict(row: Row) -> str:
    """What a test found.

    Args:
        row: a row of the ``hypothesis_tests`` mart, with its ``metric_label``, and ``questions``,
            how many are corrected together; with ``p_values_are_bounds`` where its p-values are at
            most what they say.
    """
    subject, compared = _subject(row), _compared(row)
    found = row["conclusion"]
    if found == "not_tested":
        text = f"{subject}{compared} could not be tested: {_obstacle(row)}"
    elif found == "difference":
        text = f"{_difference(row)}: {_figures(row)}"
    elif found == "negligible_difference":
        text = (
            f"{_difference(row)}, but by less than {_margin(row)}, the margin by "
            f"equivalence_margins: {_figures(row)}"
        )
    elif found == "no_difference":
        text = (
            f"no difference in {subject}{compared} larger than {_margin(row)}, the margin by "
            f"equivalence_margins: {_figures(row)}"
        )
    else:
        doubted = {
            "greater": f"that {subject} is higher for {row['group_a']} than for {row['group_b']}",
            "less": f"that {subject} is lower for {row['group_a']} than for {row['group_b']}",
        }.get(row["alternative"], f"of a difference in {subject}{compared}")
        # Alone it would be one: the interval may leave out no difference.
        is_known = not row.get("p_values_are_bounds") and row["questions"] > 1
        alone = is_known and row["p_value"] < ALONE
        said = (
            f"not enough evidence {doubted} after correcting for {row['questions']} questions"
            if alone
            else f"no evidence {doubted}"
        )
        text = f"{said}, nor that there is none: {_figures(row)}. {_reach(row)}"
    if row["within"]:
        text = f"among {row['within']}, {text}"
    return f"{text[:1].upper()}{text[1:]}."


def format_p_value(p_value: float) -> str:
    """A p-value for a sentence: ``= 0.034``, or ``< 1e-16`` where more digits mean nothing."""
    if p_value < 1e-16:
        return "< 1e-16"
    return f"= {p_value:.2g}"


def _subject(row: Row) -> str:
    label = row["metric_label"]
    if row["method"] == "welch_t":
        return f"mean {label}"
    if row["method"] == "chi_square":
        if row["metric"] == OUTCOME:
            return "the churn rate"
        return f"the churn rate between the bands of {label}" if of_outcome(row) else label
    if row["method"] in OF_RATES:
        return "the churn rate" if row["metric"] == OUTCOME else f"the share with {label}"
    return str(label)


def _compared(row: Row) -> str:
    """The groups; not where they are the churn rate itself."""
    if row["method"] == "chi_square" and of_outcome(row):
        return ""
    return f" between {row['group_a']} and {row['group_b']}"


def _difference(row: Row) -> str:
    subject, a, b = _subject(row), row["group_a"], row["group_b"]
    if row["method"] == "chi_square" and of_outcome(row):
        return f"the churn rate differs between the bands of {row['metric_label']}"
    if row["method"] in ("chi_square", "kolmogorov_smirnov"):
        return f"{subject} is distributed differently among {a} and {b}"
    if row["method"] == "mann_whitney_u":
        size = "larger" if row["effect_size"] > 0 else "smaller"
        return f"{subject} tends to be {size} for {a} than for {b}"
    return f"{subject} is {'higher' if row['difference'] > 0 else 'lower'} for {a} than for {b}"


def _figures(row: Row) -> str:
    bound = row.get("p_values_are_bounds", False)
    sign = f"≤ {row['p_value_holm']:g}" if bound else format_p_value(row["p_value_holm"])
    # No random table came near: more of them would give a smaller one.
    if not bound and row["p_value_kind"] == "simulated" and row["p_value"] <= LEAST_SIMULATED:
        sign = f"< {row['p_value_holm']:.2g}"
    p_value = f"Holm-adjusted p {sign}"
    size = f"{row['effect_name']} {row['effect_size']:.2f}, {p_value}"
    if row["method"] in ("chi_square", "kolmogorov_smirnov"):
        return size
    if row["method"] in OF_RATES:
        return (
            f"{row['estimate_a']:.1%} against {row['estimate_b']:.1%}, "
            f"{100 * row['difference']:+.1f} percentage points with 95% interval "
            f"{100 * row['difference_low']:+.1f} to {100 * row['difference_high']:+.1f}, {p_value}"
        )
    if row["effect_note"]:
        # The mean of skewed values hangs on a few of them.
        size = (
            f"rank-biserial {row['rank_biserial']:.2f} ({row['rank_biserial_low']:.2f} to "
            f"{row['rank_biserial_high']:.2f}), which says more than means of values this skewed; "
            f"{size}"
        )
    kind = "median " if row["method"] == "mann_whitney_u" else ""
    return f"{kind}{row['estimate_a']:,.2f} against {row['estimate_b']:,.2f}, {size}"


def _obstacle(row: Row) -> str:
    for group in ("a", "b"):
        if not row[f"n_{group}"]:
            return f"nobody among {row[f'group_{group}']} has a value"
    return "the values do not vary enough, or a group is too small"


def _margin(row: Row) -> str:
    if row["method"] in OF_RATES:
        return f"{100 * row['margin']:.2g} percentage points"
    return f"a {row['effect_name']} of {row['margin']:g}"


def _reach(row: Row) -> str:
    if row.get("p_values_are_bounds") and math.isnan(row["minimum_detectable_effect"]):
        return "What a test of this size finds is not published"
    if math.isnan(row["minimum_detectable_effect"]):
        return "The groups are too small to find an effect of any size reliably"
    return (
        f"A test of this size finds a {row['effect_name']} of "
        f"{row['minimum_detectable_effect']:.2g} in four of five cases"
    )
