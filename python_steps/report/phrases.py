"""Verdicts, checks and figures of the tables in words."""

from python_steps.common.languages import N_
from python_steps.report.figures import Figures, Row
from python_steps.report.wording import Wording
from python_steps.statistics.conclusions import CONCLUSIONS
from python_steps.statistics.hypotheses import OF_RATES

_METHODS = {
    "welch_t": N_("Welch's t-test"),
    "mann_whitney_u": N_("Mann-Whitney test"),
    "kolmogorov_smirnov": N_("Kolmogorov-Smirnov test"),
    "chi_square": N_("Chi-square test"),
    "two_proportion_z": N_("Two proportions"),
    "fisher_exact": N_("Fisher's exact test"),
}
MISLEADING = {
    "reverses": N_("Reverses: goes with more churn in some bands and with less in others"),
    "opposite": N_("Has the opposite sign within them"),
    "hidden": N_("Shows only within them"),
    "explained": N_("No longer clear within them: they explain much of it"),
}
_CHECKS = {
    "malformed_lines": N_("Lines that do not fit the header; they are rejected rows."),
    "missing_key": N_("Rows without the key of a customer; they are rejected rows."),
    "missing_outcome": N_("Rows that do not say who left; they are rejected rows."),
    "repeated_rows": N_("Copies of an earlier row; the first is kept."),
    "conflicting_keys": N_("Rows with the same key that differ; all are rejected rows."),
    "shared_user_ids": N_("Customers whose user id an earlier one has too; they are kept."),
    "same_person_suspected": N_("Perhaps one person in two places; all are kept."),
    "one_outcome": N_("All customers left, or nobody did: nothing can be compared."),
    "search_is_partial": N_(
        "So many attributes that the search of segments looked at a part of their combinations: "
        "those whose parts showed most."
    ),
    "no_products": N_("Customers without any product, which a bank should not have."),
}
_ATTRIBUTE_CHECKS = {
    "missing_": N_("{label}: missing; a band of its own, nothing is filled in."),
    "unreadable_": N_("{label}: unreadable values, counted as missing."),
    "out_of_range_": N_("{label}: values out of range, counted as missing."),
    "outliers_": N_("{label}: far from most values; they are kept."),
    "tells_outcome_": N_(
        "{label}: nearly tells who left, as what is written down when somebody leaves does."
    ),
    "agrees_": N_("{label}: says the same as another attribute."),
}
# What a check found of more attributes is said in one line, which names so many.
MOST_NAMED = 4
SEVERITIES = {
    "error": N_("error"),
    "warning": N_("warning"),
    "info": N_("to know"),
    "ok": N_("nothing found"),
}


def attribute_label(figures: Figures, wording: Wording, name: str) -> str:
    """What people call an attribute, as part of a sentence."""
    for row in figures.tables["attributes"]:
        if row["attribute"] == name:
            return wording.own(row, "label")
    return wording.text("churn") if name == "has_churned" else name


def verdict_words(test: Row, wording: Wording) -> str:
    """The verdict of a row of ``hypothesis_tests``, in a word or two."""
    conclusion = test["conclusion"]
    return wording.text(CONCLUSIONS[conclusion])


def method_words(test: Row, wording: Wording) -> str:
    """What the method of a row of ``hypothesis_tests`` is called."""
    method = test["method"]
    return wording.text(_METHODS[method])


def misleading_words(effect: Row, wording: Wording) -> str:
    """How a row of ``stratified_effects`` misleads."""
    way = effect["misleads"]
    return wording.text(MISLEADING[way])


def severity_words(check: Row, wording: Wording) -> str:
    """How grave a row of ``data_quality`` is."""
    severity = check["severity"]
    return wording.text(SEVERITIES[severity])


def answer(row: Row, wording: Wording) -> str:
    """What a test found, in figures.

    Args:
        row: a row of ``hypothesis_tests``.
    """
    if row["conclusion"] == "not_tested":
        return wording.text("A group is too small, or its values do not vary")
    groups = {"a": wording.own(row, "group_a"), "b": wording.own(row, "group_b")}
    if row["method"] in OF_RATES:
        return wording.text(
            "{a}: {rate_a}, {b}: {rate_b}; difference {difference} points ({low} to {high})",
            **groups,
            rate_a=wording.percent(row["estimate_a"]),
            rate_b=wording.percent(row["estimate_b"]),
            difference=wording.signed(points(row["difference"])),
            low=wording.signed(points(row["difference_low"])),
            high=wording.signed(points(row["difference_high"])),
        )
    effect = _effect_words(row, row["effect_name"], "effect", wording)
    if row["effect_note"] and row["rank_biserial"] is not None:
        # The mean of skewed values hangs on a few of them: ranks say more, and first.
        ranks = _effect_words(row, "rank-biserial", "rank_biserial", wording)
        first = wording.text("by ranks, as the values are skewed: {effect}", effect=ranks)
        effect = f"{first}; {effect}"
    message = _MESSAGES.get(row["method"])
    if message is None:
        return effect
    values = {"value_a": row["estimate_a"], "value_b": row["estimate_b"]}
    said = {name: value_words(value, wording) for name, value in values.items()}
    return f"{wording.text(message, **groups, **said)}; {effect}"


def _effect_words(row: Row, name: str, column: str, wording: Wording) -> str:
    """An effect size with its name and interval."""
    size = "effect_size" if column == "effect" else column
    known = _EFFECTS[name]
    return wording.text(
        "{effect} {size} ({low} to {high})",
        effect=wording.text(known),
        size=_effect(row, size, wording),
        low=_effect(row, f"{column}_low", wording),
        high=_effect(row, f"{column}_high", wording),
    )


def _effect(row: Row, column: str, wording: Wording) -> str:
    """An effect size; those of distributions have no direction."""
    has_direction = row["method"] in _MESSAGES
    return (wording.signed if has_direction else wording.number)(row[column], 2)


_MESSAGES = {
    "welch_t": N_("Means: {a} {value_a}, {b} {value_b}"),
    "mann_whitney_u": N_("Medians: {a} {value_a}, {b} {value_b}"),
}
_EFFECTS = {
    "Hedges g": N_("Hedges g"),
    "rank-biserial": N_("rank-biserial correlation"),
    "D": N_("distance of the distributions D"),
    "Cramér's V": N_("Cramér's V"),
}


def check_words(row: Row, figures: Figures, wording: Wording) -> str:
    """What a check of the data's quality found.

    Args:
        row: a row of ``data_quality``.
    """
    kind, attribute = check_kind(row, figures)
    if kind in _CHECKS:
        return wording.text(_CHECKS[kind])
    if not attribute:
        return str(row["meaning"])
    by_name = {one["attribute"]: one for one in figures.tables["attributes"]}
    names = row.get("attributes", [attribute])
    label = ", ".join(wording.label(by_name[name]) for name in names[:MOST_NAMED])
    if len(names) > MOST_NAMED:
        others = len(names) - MOST_NAMED
        label = wording.text("{labels} and {count} more", labels=label, count=others)
    return wording.text(_ATTRIBUTE_CHECKS[kind], label=label)


def check_kind(row: Row, figures: Figures) -> tuple[str, str]:
    """The check of a row of ``data_quality``, and the attribute that it is about, if any."""
    name = row["check_name"]
    names = {attribute["attribute"] for attribute in figures.tables["attributes"]}
    for kind in () if name in _CHECKS else _ATTRIBUTE_CHECKS:
        if name.startswith(kind) and name.removeprefix(kind) in names:
            return kind, name.removeprefix(kind)
    return name, ""


def customers_words(customers: int, wording: Wording) -> str:
    """So many customers."""
    return wording.count("{number} customer", "{number} customers", customers)


def value_words(value: float | None, wording: Wording) -> str:
    """A value with as many digits as a reader can use."""
    if value is None or abs(value) < 10_000:
        return wording.number(value, 0 if value is not None and value == round(value) else 2)
    return wording.amount(value)


def equals(p_value: str) -> str:
    """A p-value after its sign."""
    return p_value if p_value.startswith(("<", "≤")) else f"= {p_value}"


def points(share: float | None) -> float | None:
    """A share in percentage points; None stays None."""
    return None if share is None else 100 * share
