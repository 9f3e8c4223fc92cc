"""What there is to say of a segment: its figures, when to approach it, and what to beware of."""

from python_steps.common.attributes import mentioned
from python_steps.common.languages import N_
from python_steps.report import phrases
from python_steps.report.figures import Figures, Row
from python_steps.report.wording import Wording
from python_steps.statistics.caveats import WHICH_FIRST

# A larger share of a segment's balance in one hand is said.
_ONE_CUSTOMERS = 0.25


def segment_facts(segment: Row, wording: Wording) -> list[tuple[str, str]]:
    """The figures of a segment: what they are called, and how they are written."""
    return [
        (wording.text("Customers"), wording.number(segment["customers"])),
        (
            wording.text("Churn rate"),
            f"{wording.percent(segment['churn_rate'])} "
            f"({wording.interval(segment['churn_rate_low'], segment['churn_rate_high'])})",
        ),
        (
            wording.text("Lift"),
            f"{wording.number(segment['lift'], 2)} ("
            + wording.text(
                "{low} to {high}",
                low=wording.number(segment["lift_low"], 2),
                high=wording.number(segment["lift_high"], 2),
            )
            + ")",
        ),
        (wording.text("Test"), _tested(segment, wording)),
        (
            wording.text("Share of churn"),
            f"{wording.percent(segment['share_of_churn'])} "
            f"({wording.interval(segment['share_of_churn_low'], segment['share_of_churn_high'])})",
        ),
        (wording.text("Still here"), wording.number(segment["still_here"])),
        (
            wording.text("Would leave at this rate"),
            f"{wording.number(segment['impact'])} ("
            + wording.text(
                "{low} to {high}",
                low=wording.number(segment["impact_low"]),
                high=wording.number(segment["impact_high"]),
            )
            + ")",
        ),
    ] + [
        (wording.text("Balance that would go"), _balance(segment, wording))
        for balance in [segment["impact_balance"]]
        if balance is not None
    ]


def segment_further_facts(segment: Row, wording: Wording) -> list[tuple[str, str]]:
    """What the search half says of a segment, and how often other halves find it again."""
    facts = [(wording.text("Search half"), wording.percent(segment["discovery_churn_rate"]))]
    if segment["stability"] is not None:
        facts.append((wording.text("Stability"), _stability(segment, wording)))
    return facts


def _balance(segment: Row, wording: Wording) -> str:
    """The balance that would go, and whether it is mostly one customer's."""
    said, largest = wording.amount(segment["impact_balance"]), segment["largest_balance_share"]
    if largest is None or largest < _ONE_CUSTOMERS:
        return said
    share = wording.percent(largest, 0)
    return f"{said}; " + wording.text("one customer holds {share} of all of it", share=share)


def _stability(segment: Row, wording: Wording) -> str:
    """How often a segment comes back, and what that means."""
    ends = wording.interval(segment["stability_low"], segment["stability_high"])
    said = f"{wording.percent(segment['stability'], 0)} ({ends})"
    return " ".join(filter(None, [said, wording.own(segment, "stability_note")]))


def priority_words(segment: Row, wording: Wording) -> str:
    """When to approach a segment, or why not; empty where nothing needs to be said."""
    said = []
    if segment["priority"] is not None:
        said.append(wording.text("Priority {number}.", number=wording.number(segment["priority"])))
        if segment["still_here_once"] not in (None, segment["still_here"]):
            said.append(
                wording.text(
                    "{number} of its customers still here are in no segment before it.",
                    number=wording.number(segment["still_here_once"]),
                )
            )
    if note := wording.own(segment, "priority_note"):
        said.append(note)
    return " ".join(said)


def which_comes_first(segment: Row, figures: Figures, wording: Wording) -> str:
    """That one table cannot tell whether what a rule asks for came before leaving, or by it."""
    names = [
        wording.own(row, "label")
        for row in figures.tables["attributes"]
        if row["may_follow"] and mentioned(segment["rule_sql"], [row["attribute"]])
    ]
    if not names:
        return ""
    between = "”, “" if wording.language == "en" else "», «"
    return wording.text(WHICH_FIRST, names=between.join(names))


def idle_conditions(segment: Row, figures: Figures, wording: Wording) -> str:
    """Which conditions of a rule of several do not hold on the testing half, in a sentence."""
    rows = [
        row
        for row in figures.tables["segment_conditions"]
        if row["segment_id"] == segment["segment_id"]
    ]
    idle = [wording.own(row, "condition") for row in rows if not row["holds"]]
    if len(rows) < 2 or not idle:
        return ""
    return wording.text(
        "The testing half does not show that each condition makes it sharper; not shown for: "
        "{conditions}.",
        # The sentence has its own end.
        conditions="; ".join(idle).rstrip("."),
    )


def _tested(segment: Row, wording: Wording) -> str:
    """What was tested of a segment, and how surely it holds."""
    is_leaving = segment["direction"] == "leaving"
    least = segment["minimum_lift"] or 1
    message = N_("lift above {lift}") if is_leaving else N_("lift below {lift}")
    said = wording.text(message, lift=wording.number(least if is_leaving else 1 / least, 2))
    return f"{said}: p {phrases.equals(wording.p_value(segment['lift_p_value_holm']))}"
