"""What the published counts of single attributes leave for a group that a rule tells."""

import re
from collections.abc import Mapping, Sequence

from python_steps.job.disclosure.bank import Bank
from python_steps.job.disclosure.parts import round_within
from python_steps.job.disclosure.rounding import rounded_parts

Limits = tuple[tuple[int, int], tuple[int, int]]


def rule_limits(rules: Sequence[str], bank: Bank) -> Mapping[str, Limits]:
    """What the published counts of single attributes leave for a conjunction of conditions.

    Its count is no larger than that of any condition, and no smaller than what is left where the
    customers that miss a condition are all different ones (Fréchet's bounds). A rule about one
    attribute has exactly the count of its running totals.

    Args:
        rules: conditions over ``customers``, joined by "and".
        bank: what is asked for the counts.

    Returns:
        For each rule the smallest and the largest count, of those who left and of those who stayed.
    """
    kinds = {row["attribute"]: row["attribute_type"] for row in bank.read("attributes")}
    conditions = {rule: _by_attribute(rule, list(kinds)) for rule in rules}
    counts = _condition_counts(
        sorted({pair for parts in conditions.values() for pair in parts.items()}), kinds, bank
    )
    left, customers = bank.all
    limits = {}
    for rule, parts in conditions.items():
        of_parts = [counts[pair] for pair in parts.items()]
        of_outcomes = []
        for outcome, everybody in enumerate((left, customers - left)):
            met = [count[outcome] for count in of_parts]
            missed = sum(everybody - count for count in met)
            of_outcomes.append((max(0, everybody - missed), min([everybody, *met])))
        limits[rule] = (of_outcomes[0], of_outcomes[1])
    return limits


def _by_attribute(rule: str, attributes: Sequence[str]) -> Mapping[str, str]:
    """The conditions of a rule, those about one attribute together."""
    outside_texts = r" and (?=(?:[^']*'[^']*')*[^']*$)"
    parts: dict[str, list[str]] = {}
    for condition in re.split(outside_texts, rule):
        (attribute,) = {word for word in re.findall(r"\w+", condition) if word in attributes}
        parts.setdefault(attribute, []).append(condition)
    return {attribute: " and ".join(of) for attribute, of in parts.items()}


def _condition_counts(
    pairs: Sequence[tuple[str, str]], kinds: Mapping[str, str], bank: Bank
) -> Mapping[tuple[str, str], tuple[int, int]]:
    """Rounded counts by outcome of conditions, each with its attribute, by running totals."""
    ordered = [pair for pair in pairs if kinds[pair[0]] in ("number", "integer")]
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    if ordered:
        (smallest,) = bank.ask(
            "select "
            + ", ".join(f"min({name}) filter (where {condition})" for name, condition in ordered)
            + " from {customers}"
        )
        columns = []
        for (name, condition), least in zip(ordered, smallest, strict=True):
            # The missing come first; a condition that only they meet has nobody before it.
            before = f"({name} is null or {name} < {least!r})" if least is not None else "false"
            columns += [
                f"count(*) filter (where {one} and {outcome})"
                for outcome in ("has_churned", "not has_churned")
                for one in (before, f"({condition})")
            ]
        (numbers,) = bank.ask(f"select {', '.join(columns)} from {{customers}}")
        for place, pair in enumerate(ordered):
            before_left, left, before_stayed, stayed = numbers[4 * place : 4 * place + 4]
            (left,) = rounded_parts([left], bank.base, before_left)
            (stayed,) = rounded_parts([stayed], bank.base, before_stayed)
            counts[pair] = left, stayed
    bands = {
        (row["attribute"], row["band"]): (row["churned"], row["customers"] - row["churned"])
        for row in round_within([dict(row) for row in bank.read("churn_rates")], bank, "attribute")
    }
    for name, condition in pairs:
        if (name, condition) not in counts:
            met = bank.ask(f"select distinct {name}_band from {{customers}} where {condition}")
            of_bands = [bands[name, band] for (band,) in met]
            counts[name, condition] = (
                sum(left for left, _ in of_bands),
                sum(stayed for _, stayed in of_bands),
            )
    return counts
