"""What the published counts of single attributes leave for a group that a rule tells."""

import re
from collections.abc import Mapping, Sequence

from python_steps.job.disclosure.bank import Bank
from python_steps.job.disclosure.rounding import rounded

Counts = tuple[int, int]


def rule_counts(rules: Sequence[str], bank: Bank) -> Mapping[str, Counts]:
    """Published counts of conjunctions of conditions: of those who left and of those who stayed.

    A rule about one attribute has the sum of its bands. Any other is rounded to the nearest, no
    larger than any of its conditions, and no smaller than what is left where the customers that
    miss a condition are all different ones (Fréchet's bounds): so it never contradicts the bands.

    Args:
        rules: conditions over ``customers``, joined by "and"; one of other form gets its rounded
            counts.
        bank: what is asked for the counts.
    """
    if not rules:
        return {}
    names = [row["attribute"] for row in bank.read("attributes")]
    (exact,) = bank.ask(
        "select "
        + ", ".join(
            f"count(*) filter (where ({rule}) and {outcome})"
            for rule in rules
            for outcome in ("has_churned", "not has_churned")
        )
        + " from customers"
    )
    left, customers = bank.all
    counts = {}
    for place, rule in enumerate(rules):
        met = [
            _condition_counts(name, condition, bank)
            for name, condition in _by_attribute(rule, names).items()
        ]
        outcomes = []
        for outcome, everybody in enumerate((left, customers - left)):
            least = max(0, everybody - sum(everybody - low[outcome] for low, _ in met))
            most = min([everybody, *(high[outcome] for _, high in met)])
            nearest = rounded(exact[2 * place + outcome], bank.base)
            outcomes.append(min(max(nearest, least), most) if least <= most else most)
        counts[rule] = (outcomes[0], outcomes[1])
    return counts


def _by_attribute(rule: str, attributes: Sequence[str]) -> Mapping[str, str]:
    """The conditions of a rule, those about one attribute together; no others."""
    outside_texts = r" and (?=(?:[^']*'[^']*')*[^']*$)"
    parts: dict[str, list[str]] = {}
    for condition in re.split(outside_texts, rule):
        without_texts = re.sub(r"'[^']*'", "", condition)
        words = set(re.findall(r"\w+", without_texts))
        named = words & set(attributes)
        if len(named) == 1 and "or" not in words:
            parts.setdefault(named.pop(), []).append(f"({condition})")
    return {attribute: " and ".join(of) for attribute, of in parts.items()}


def _condition_counts(name: str, condition: str, bank: Bank) -> tuple[Counts, Counts]:
    """The least and the most that a condition on one attribute counts, by its bands."""
    met = {band for (band,) in bank.ask(_bands(name, condition))}
    missed = {band for (band,) in bank.ask(_bands(name, f"({condition}) is not true"))}
    published = bank.bands[name]

    def total(bands: set[str]) -> Counts:
        return (
            sum(published[band][0] for band in bands),
            sum(published[band][1] for band in bands),
        )

    return total(met - missed), total(met)


def _bands(name: str, condition: str) -> str:
    return f"select distinct {name}_band from customers where {condition}"
