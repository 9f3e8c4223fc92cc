"""Segments, and what they are offered."""

import math
import re
from collections.abc import Sequence

from python_steps.job.disclosure.bank import Bank, Row
from python_steps.job.disclosure.conjunctions import rule_limits
from python_steps.job.disclosure.figures import bound_p_values, minus, set_lift, set_rate, share
from python_steps.job.disclosure.parts import round_parts
from python_steps.job.disclosure.rounding import rounded, significant

# More of a sum than this must not be one customer's.
DOMINANT_SHARE = 0.5


def risk_segments(rows: list[Row], bank: Bank) -> list[Row]:
    """The published rows of ``risk_segments``."""
    left, _ = bank.all
    largest = dict(
        bank.ask(
            "select segments.segment_id, max(greatest(customers.balance, 0)) "
            "from {customer_segments} as segments "
            "inner join {customers} as customers using (customer_id) "
            "where not customers.has_churned group by segments.segment_id"
        )
    )
    primary = [dict(row) for row in sorted(rows, key=lambda row: row["rank"])]
    round_parts(primary, bank.base, names=("primary_customers", "primary_churned"))
    once = {row["segment_id"]: row for row in primary}
    reached = 0
    for row in primary:
        reached += row["primary_churned"]
        row["cumulative_share_of_churn"] = share(reached, left)
    kept = _rules(rows, bank)
    for row in kept:
        for column in ("primary_customers", "primary_churned", "cumulative_share_of_churn"):
            row[column] = once[row["segment_id"]][column]
        row["primary_churned"] = min(row["primary_churned"], row["churned"])
        row["primary_customers"] = min(row["primary_customers"], row["customers"])
        row["share_of_churn"] = share(row["churned"], left)
        stayed, rate = row["customers"] - row["churned"], row["confirmation_churn_rate"]
        row["expected_churners"] = None if rate is None else stayed * rate
        held, most = row["balance_at_risk"], largest.get(row["segment_id"])
        is_shared = held and most is not None and most <= DOMINANT_SHARE * held
        held = significant(held, 2) if is_shared and stayed >= 2 * bank.base else None
        row["balance_at_risk"] = held
        row["expected_lost_balance"] = None if held is None or rate is None else held * rate
        for half in ("discovery", "confirmation"):
            support = min(row["customers"], row[f"{half}_customers"])
            bound_p_values(row, (f"{half}_p_value", f"{half}_p_value_holm"), support, bank.base)
        bound_p_values(row, ("search_p_value",), row["customers"], bank.base)
    return kept


def segment_frontier(rows: list[Row], bank: Bank) -> list[Row]:
    """The published rows of ``segment_frontier``."""
    kept = _rules(rows, bank)
    for row in kept:
        row["share_of_customers"] = share(row["customers"], bank.all[1])
    return kept


def segment_recommendations(rows: list[Row], bank: Bank) -> list[Row]:
    """The published rows of ``segment_recommendations``."""
    base = bank.base
    here_exactly = bank.overview["customers"] - bank.overview["churned"]
    here = rounded(here_exactly, base)
    members = {
        row["segment_id"]: rounded(row["customers"] - row["churned"], base)
        for row in bank.read("risk_segments")
    }
    kept = []
    for row in rows:
        meant = min(rounded(row["customers"], base), members[row["segment_id"]])
        if not meant:
            continue
        exact = row["share_of_segment"], row["share_of_all"]
        of_all = rounded(round(row["share_of_all"] * here_exactly), base)
        row["customers"] = meant
        row["share_of_segment"] = share(meant, members[row["segment_id"]])
        row["share_of_all"] = share(min(of_all, here), here)
        for language in ("en", "ru"):
            row[f"reason_{language}"] = _with_shares(
                row[f"reason_{language}"], exact, (row["share_of_segment"], row["share_of_all"])
            )
        kept.append(row)
    return kept


def _rules(rows: list[Row], bank: Bank) -> list[Row]:
    """Groups that a rule tells, on all customers and on each half."""
    kept = []
    limits = rule_limits([row["rule_sql"] for row in rows], bank)
    for row in rows:
        found = round((row["discovery_churn_rate"] or 0) * row["discovery_customers"])
        counts, discoveries = [], []
        for limit, total, part in zip(
            limits[row["rule_sql"]],
            (row["churned"], row["customers"] - row["churned"]),
            (found, row["discovery_customers"] - found),
            strict=True,
        ):
            counts.append(min(max(rounded(total, bank.base), limit[0]), limit[1]))
            discoveries.append(min(rounded(part, bank.base), counts[-1]))
        row["churned"], row["customers"] = counts[0], sum(counts)
        discovered_left, discovered = discoveries[0], sum(discoveries)
        if not row["customers"]:
            continue
        set_rate(row, bank.base)
        if "lift" in row:
            set_lift(row, bank)
        row["discovery_customers"] = discovered
        row["discovery_churn_rate"] = share(discovered_left, discovered)
        # The halves add up to the whole, as they must.
        confirmed_left = row["churned"] - discovered_left
        row["confirmation_customers"] = row["customers"] - discovered
        half = {"churned": confirmed_left, "customers": row["confirmation_customers"]}
        set_rate(half, bank.base)
        for name in ("churn_rate", "churn_rate_low", "churn_rate_high"):
            row[f"confirmation_{name}"] = half[name]
        shrinkage = minus(row["discovery_churn_rate"], half["churn_rate"])
        loyal = row["direction"] == "loyal"
        row["shrinkage"] = None if shrinkage is None else -shrinkage if loyal else shrinkage
        kept.append(row)
    return kept


def _with_shares(reason: str, exact: Sequence[float], published: Sequence[float | None]) -> str:
    """The sentence of the macro ``recommendation_reason`` with other shares in it."""
    before, after = (
        [f"{math.floor(100 * (share or 0) + 0.5)}%" for share in shares]
        for shares in (exact, published)
    )
    pattern = rf"^(.*?: ){re.escape(before[0])}( .*?, ){re.escape(before[1])} "
    return re.sub(pattern, lambda told: f"{told[1]}{after[0]}{told[2]}{after[1]} ", reason, count=1)
