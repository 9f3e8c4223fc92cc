"""Segments, and what they are offered."""

import math
import re
from collections.abc import Sequence

from python_steps.job.disclosure.bank import Bank, Row
from python_steps.job.disclosure.conjunctions import rule_counts
from python_steps.job.disclosure.figures import (
    DOMINANT_SHARE,
    bound_p_values,
    minus,
    set_rate,
    share,
)
from python_steps.job.disclosure.rounding import rate_interval, rounded, significant


def risk_segments(rows: list[Row], bank: Bank) -> list[Row]:
    """The published rows of ``risk_segments``."""
    left, everybody = bank.all
    half_left = _half_left(rows, bank)
    kept = _rules(rows, bank)
    together = (0, 0)
    reached = (0, 0)
    so_far = 0.0
    for row in sorted(kept, key=lambda row: row["rank"]):
        stayed = row["customers"] - row["churned"]
        together = (
            together[0] + row["primary_churned"],
            together[1] + row["primary_customers"] - row["primary_churned"],
        )
        # The segments so far: no fewer than before or than this one has, no more than both.
        now = (
            _between(rounded(together[0], bank.base), reached[0], row["churned"]),
            _between(rounded(together[1], bank.base), reached[1], stayed),
        )
        row["primary_churned"] = now[0] - reached[0]
        row["primary_customers"] = sum(now) - sum(reached)
        # No smaller than before or than this one's, and no more than both.
        own = share(row["confirmation_churned"], half_left) or 0.0
        told = share(now[0], left) or 0.0
        before, so_far = so_far, min(max(told, so_far, own), so_far + own, 1.0)
        row["primary_share_of_churn"] = so_far - before if left else None
        row["cumulative_share_of_churn"] = so_far if left else None
        reached = now
    for row in kept:
        _set_share(row, half_left, bank)
        _set_lifts(row, ("", "_low", "_high"), share(left, everybody))
        stayed, rate = row["customers"] - row["churned"], row["churn_rate"]
        row["still_here"] = stayed
        for end in ("", "_low", "_high"):
            of = row[f"churn_rate{end}"]
            row[f"impact{end}"] = None if of is None else stayed * of
        held, most = row["balance_still_here"], row["largest_balance_share"]
        is_shared = most is not None and most <= DOMINANT_SHARE and stayed >= 2 * bank.base
        held = significant(held, 2) if is_shared else None
        row["balance_still_here"] = held
        row["impact_balance"] = None if held is None or rate is None else held * rate
        # A share of a sum tells one customer's balance, differences of unions single customers.
        row.update(largest_balance_share=None, still_here_once=None, impact_once=None)
        row.update(similar_segment_share=None)
        if row["is_confirmed"] and row["direction"] == "leaving":
            # It tells on which side of ten, or of none, a count is.
            row.update(priority_note="", priority_note_ru="")
        for test, half in (
            ("discovery", "discovery"),
            ("overall", "confirmation"),
            ("lift", "confirmation"),
        ):
            support = min(row["customers"], row[f"{half}_customers"])
            bound_p_values(row, (f"{test}_p_value", f"{test}_p_value_holm"), support, bank.base)
        bound_p_values(row, ("search_p_value",), row["customers"], bank.base)
    return kept


def risk_intervals(rows: list[Row], bank: Bank) -> list[Row]:
    """The published rows of ``risk_intervals``."""
    left, everybody = bank.all
    half_left = _half_left(rows, bank)
    kept = _rules(rows, bank)
    for row in kept:
        _set_share(row, half_left, bank)
        _set_lifts(row, ("",), share(left, everybody))
        row.pop("shrinkage")
        support = min(row["customers"], row["confirmation_customers"])
        bound_p_values(row, ("p_value", "p_value_holm"), support, bank.base)
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
    segments = _rules([dict(row) for row in bank.read("risk_segments")], bank)
    members = {row["segment_id"]: row["customers"] - row["churned"] for row in segments}
    kept = []
    for row in rows:
        if not members.get(row["segment_id"]):
            continue
        meant = min(rounded(row["customers"], base), members[row["segment_id"]])
        if not meant:
            continue
        exact = row["share_of_segment"], row["share_of_all"]
        of_all = rounded(round(row["share_of_all"] * here_exactly), base)
        row["customers"] = meant
        row["share_of_segment"] = share(meant, members[row["segment_id"]])
        row["share_of_all"] = share(min(of_all, here), here)
        row["condition"] = _with_coarse_numbers(row["condition"])
        for language in ("en", "ru"):
            row[f"reason_{language}"] = _with_shares(
                row[f"reason_{language}"], exact, (row["share_of_segment"], row["share_of_all"])
            )
        kept.append(row)
    return kept


def _rules(rows: list[Row], bank: Bank) -> list[Row]:
    """Groups that a rule tells, on all customers and on each half."""
    kept = []
    counts = rule_counts([row["rule_sql"] for row in rows], bank)
    for row in rows:
        left, stayed = counts[row["rule_sql"]]
        # A rule of which nothing is left of what it was found for is not told.
        if left + stayed < 2 * bank.base or not (stayed if row["direction"] == "loyal" else left):
            continue
        found = round((row["discovery_churn_rate"] or 0) * row["discovery_customers"])
        discovered_left = min(rounded(found, bank.base), left)
        discovered_stayed = min(rounded(row["discovery_customers"] - found, bank.base), stayed)
        discovered = discovered_left + discovered_stayed
        row["churned"], row["customers"] = left, left + stayed
        row["rule_sql"] = _with_coarse_numbers(row["rule_sql"])
        row["pooled_churn_rate"] = share(row["churned"], row["customers"])
        row["discovery_customers"] = discovered
        row["discovery_churn_rate"] = share(discovered_left, discovered)
        # The halves add up to the whole, as they must.
        half: Row = {
            "churned": row["churned"] - discovered_left,
            "customers": row["customers"] - discovered,
        }
        set_rate(half, bank.base)
        row["confirmation_churned"] = half["churned"]
        row["confirmation_customers"] = half["customers"]
        row |= {name: half[name] for name in ("churn_rate", "churn_rate_low", "churn_rate_high")}
        shrinkage = minus(row["discovery_churn_rate"], half["churn_rate"])
        loyal = row["direction"] == "loyal"
        row["shrinkage"] = None if shrinkage is None else -shrinkage if loyal else shrinkage
        kept.append(row)
    return kept


def _with_coarse_numbers(sql: str) -> str:
    """A condition with rounded numbers: a quantile, above which is high, is someone's value."""
    return re.sub(
        r"'(?:[^']|'')*'|[^\W\d]\w*|\d+[.]?\d*",
        lambda found: (
            f"{significant(float(found[0])):.12g}" if found[0][0].isdecimal() else found[0]
        ),
        sql,
    )


def _half_left(rows: list[Row], bank: Bank) -> int:
    """All of the confirmation half who left, of whom a share of churn is one."""
    counts = (
        round(row["confirmation_churned"] / row["share_of_churn"])
        for row in rows
        if row["share_of_churn"]
    )
    return rounded(next(counts, 0), bank.base)


def _set_share(row: Row, half_left: int, bank: Bank) -> None:
    """Set the share of churn and its interval from the rounded counts."""
    own = min(row["confirmation_churned"], half_left)
    row["share_of_churn"] = share(own, half_left)
    row["share_of_churn_low"], row["share_of_churn_high"] = (
        rate_interval(own, half_left, bank.base) if half_left else (None, None)
    )


def _set_lifts(row: Row, ends: Sequence[str], base_rate: float | None) -> None:
    """Set the lift, and the ends of its interval, from the published rate."""
    for end in ends:
        own = row[f"churn_rate{end}"]
        row[f"lift{end}"] = None if own is None or not base_rate else own / base_rate


def _between(count: int, before: int, more: int) -> int:
    return min(max(count, before, more), before + more)


def _with_shares(reason: str, exact: Sequence[float], published: Sequence[float | None]) -> str:
    """The sentence of the macro ``recommendation_reason`` with other shares in it."""
    before, after = (
        [f"{math.floor(100 * (share or 0) + 0.5)}%" for share in shares]
        for shares in (exact, published)
    )
    pattern = rf"^(.*?: ){re.escape(before[0])}( .*? ){re.escape(before[1])} "
    return re.sub(pattern, lambda told: f"{told[1]}{after[0]}{told[2]}{after[1]} ", reason, count=1)
