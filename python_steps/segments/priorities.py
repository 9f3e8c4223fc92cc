"""In which order to approach segments: by what an approach could keep, each customer once."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from python_steps.common.languages import N_, say
from python_steps.statistics.proportions import wilson_interval

# A segment of which fewer are still here, or a smaller share, comes last: it tells who has left.
_FEWEST = 10
_SMALLEST_SHARE = 0.1

_LOYAL = N_("Its customers stay: leave them in peace.")
_UNCONFIRMED = N_("It is not confirmed on the testing half.")
_LESS = N_(
    "It differs from all customers on the testing half, but not surely by the lift that was asked "
    "for."
)
_GONE = N_("None of its customers is still here.")
_FEW = N_("It comes last: hardly any of its customers are still here.")
_COVERED = N_("It comes last: all its customers who are still here are in segments before it.")

Members = NDArray[np.bool_]


class _Group(NamedTuple):
    """Customers, those of them still here; and on the confirmation half all and who left."""

    customers: int
    here: int
    half: int
    left: int

    @property
    def is_few(self) -> bool:
        return self.here < max(_FEWEST, _SMALLEST_SHARE * self.customers)

    @property
    def rate(self) -> float:
        return self.left / self.half if self.half else 0.0

    @property
    def lowest_impact(self) -> float:
        return self.here * wilson_interval(self.left, self.half)[0] if self.half else 0.0


def prioritise(
    counts: Sequence[Mapping[str, Any]],
    evidence: Sequence[Mapping[str, Any]],
    patterns: Sequence[Mapping[str, Any]],
    alpha: float,
) -> pd.DataFrame:
    """Order the confirmed leaving segments by the customers whom an approach could keep.

    The first is the segment with the largest lower bound of its impact: customers still here times
    the lower end of the confirmation half's churn rate. Of each further one only those count who
    are in none before it, with the rate that such customers have on that half, so that figures of
    several segments can be added up. The choice is greedy: each step takes the segment that adds
    most.

    Args:
        counts: rows of ``int_segment_counts``.
        evidence: rows of ``int_segment_evidence``.
        patterns: rows of ``int_segment_patterns``, whose lists are by rank.
        alpha: at which a segment differs from all.

    Returns:
        A row per segment: segment_id; priority, 1 is first, NaN for segments that are loyal or not
        confirmed, or of whom nobody is still here; still_here_once and impact_once, its customers
        still here who are in no segment of an earlier priority, and how many of them would leave
        at the rate of such customers (the segment's own where the half has none of them), NaN
        without a priority;
        priority_note and priority_note_ru, why it has no priority or comes last, else empty.

    Source: Wilson (1927), for the lower end.
    """
    tested = {row["segment_id"]: row for row in evidence if row["fold"] == "confirmation"}
    listed = {row["segment_id"]: row for row in sorted(counts, key=lambda row: row["search_rank"])}
    is_in = np.array([row["is_in"] for row in patterns], bool).reshape(
        len(patterns), -1 if patterns else 0
    )
    members = {name: is_in[:, row["search_rank"] - 1] for name, row in listed.items()}
    in_half = np.array([row["fold"] == "confirmation" for row in patterns], bool)
    customers, churned = (
        np.array([row[name] for row in patterns], np.int64) for name in ("customers", "churned")
    )
    here = customers - churned

    def count(chosen: Members) -> _Group:
        half = chosen & in_half
        return _Group(*(int(part.sum()) for part in (
            customers[chosen], here[chosen], customers[half], churned[half]
        )))  # fmt: skip

    rows, waiting = {}, []
    for name, row in listed.items():
        # Of a segment without anybody on the half there is no p-value.
        p_value = tested[name]["overall_p_value_holm"] if name in tested else None
        if name not in tested or not tested[name]["is_confirmed"]:
            differs = p_value is not None and p_value < alpha
            rows[name] = _row(name, _LESS if differs else _UNCONFIRMED)
        elif row["direction"] == "loyal":
            rows[name] = _row(name, _LOYAL)
        elif not count(members[name]).here:
            rows[name] = _row(name, _GONE)
        else:
            waiting.append(name)
    whole = {name: count(members[name]) for name in waiting}
    free = np.ones(len(patterns), bool)
    for priority in range(1, len(waiting) + 1):
        # Of equals the first by rank.
        left = {name: count(members[name] & free) for name in waiting}
        best = min(waiting, key=lambda name: (whole[name].is_few, -left[name].lowest_impact))
        waiting.remove(best)
        free &= ~members[best]
        group = left[best]
        note = _FEW if whole[best].is_few else "" if group.here else _COVERED
        rows[best] = _row(best, note) | {
            "priority": float(priority),
            "still_here_once": float(group.here),
            "impact_once": group.here * (group.rate if group.half else whole[best].rate),
        }
    types = {"segment_id": str, "priority": float, "still_here_once": float, "impact_once": float,
             "priority_note": str, "priority_note_ru": str}  # fmt: skip
    return pd.DataFrame([rows[name] for name in listed], columns=list(types)).astype(types)


def _row(segment_id: str, note: str) -> dict[str, Any]:
    """A segment without a priority, with a note in both languages."""
    said, said_ru = (say(note, language) if note else "" for language in ("en", "ru"))
    return {"segment_id": segment_id, "priority": np.nan, "still_here_once": np.nan,
            "impact_once": np.nan, "priority_note": said, "priority_note_ru": said_ru}  # fmt: skip
