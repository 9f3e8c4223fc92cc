"""The rule of each mart."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from python_steps.job.disclosure.bank import Bank, Row
from python_steps.job.disclosure.figures import (
    bound_p_values,
    coarse_mean,
    coarsen_effects,
    coarsen_ratios,
    has_dominant_value,
    set_rate,
    share,
    support_of,
    three_digits,
)
from python_steps.job.disclosure.hypotheses import hypothesis_tests
from python_steps.job.disclosure.parts import round_within, with_rates
from python_steps.job.disclosure.rounding import round_parts, rounded
from python_steps.job.disclosure.segments import (
    risk_intervals,
    risk_segments,
    segment_frontier,
    segment_recommendations,
)

# Cells of many attributes, pairs of segments, and values of segments: too many small groups follow
# from them.
WITHOUT_ROWS = ("churn_cube", "portraits", "segment_conditions", "segment_overlap", "test_families")


def protected(mart: str, rows: Sequence[Mapping[str, Any]], bank: Bank) -> list[Row]:
    """The rows of a mart as they may be published.

    Args:
        mart: its name.
        rows: exact, in their order.
        bank: what else must be known.

    Returns:
        New rows with the same columns; fewer where rows are left out.
    """
    rule = RULES.get("churn_by" if mart.startswith("churn_by_") else mart)
    return rule([dict(row) for row in rows], bank) if rule else []


def _as_they_are(rows: list[Row], bank: Bank) -> list[Row]:
    return rows


def _overview(rows: list[Row], bank: Bank) -> list[Row]:
    for row in rows:
        row["churned"], row["customers"] = bank.all
        set_rate(row, bank.base)
    return rows


def _bands(rows: list[Row], bank: Bank) -> list[Row]:
    kept = with_rates(round_within(rows, bank, "attribute"), bank)
    left, customers = bank.all
    for row in kept:
        row["share_of_customers"] = share(min(row["customers"], customers), customers)
        row["share_of_churn"] = share(min(row["churned"], left), left)
    return kept


def _bands_of_one(rows: list[Row], bank: Bank) -> list[Row]:
    return with_rates(round_within(rows, bank), bank)


def _clusters(rows: list[Row], bank: Bank) -> list[Row]:
    kept = with_rates(round_within(rows, bank), bank)
    for row in kept:
        coarsen_effects(
            row, ("silhouette", "stability", "adjusted_rand"), row["customers"], bank.base
        )
    return kept


def _cluster_choice(rows: list[Row], bank: Bank) -> list[Row]:
    _, customers = bank.all
    for row in rows:
        figures = ("silhouette", "reference_silhouette", "adjusted_rand")
        coarsen_effects(row, figures, customers, bank.base)
    return rows


def _cluster_profiles(rows: list[Row], bank: Bank) -> list[Row]:
    sizes = {row["cluster_id"]: row["customers"] for row in bank.read("clusters")}
    present = {
        row["attribute"]: row["present"]
        for row in bank.read("attribute_profiles")
        if row["customer_group"] == "all"
    }
    for row in rows:
        # Means are of those who have a value.
        count = rounded(sizes[row["cluster_id"]] - (row["missing"] or 0), bank.base)
        difference, distance = row["standardised_difference"], None
        if row["mean"] is not None and difference:
            distance = abs((row["mean"] - row["overall_mean"]) / difference)
        overall = rounded(present.get(row["attribute"], 0), bank.base)
        row["mean"] = coarse_mean(row["mean"], distance, count, bank.base)
        row["overall_mean"] = coarse_mean(row["overall_mean"], distance, overall, bank.base)
        coarsen_effects(row, ("standardised_difference",), count, bank.base)
        row["missing"] = None
    return rows


_ODDS_RATIOS = ("crude_odds_ratio", "odds_ratio")


def _adjusted_effects(rows: list[Row], bank: Bank) -> list[Row]:
    kept = [row for row in round_within(rows, bank, "attribute") if row["customers"]]
    for row in kept:
        support = support_of(row["churned"], row["customers"], bank)
        ratios = [f"{name}{end}" for name in _ODDS_RATIOS for end in ("", "_low", "_high")]
        coarsen_ratios(row, (*ratios, "standard_error"), support, bank.base)
        # It tells on which side of 30 a count is.
        row["interval_kind"] = ""
        coarsen_ratios(row, ("variance_inflation",), bank.base * 10, bank.base)
        coarsen_effects(row, ("coefficient",), support, bank.base)
        bound_p_values(row, ("p_value", "p_value_holm"), support, bank.base)
        # Other notes say whether there is anybody at all.
        row["note"] = row["note"] if row["note"] == "reference" else ""
    return kept


def _stratified_effects(rows: list[Row], bank: Bank) -> list[Row]:
    for row in rows:
        left, stayed = bank.bands[row["attribute"]][row["band"]]
        support = support_of(left, left + stayed, bank)
        for kind in ("crude_odds_ratio", "odds_ratio"):
            coarsen_ratios(row, (kind, f"{kind}_low", f"{kind}_high"), support, bank.base)
        bound_p_values(row, ("crude_p_value", "p_value", "homogeneity_p_value"), support, bank.base)
        # How many strata have both outcomes says that there is somebody in each.
        row.update(homogeneity_statistic=None, strata=None)
        if support < 2 * bank.base:
            row.update(reverses=False, raising_strata="", lowering_strata="", misleads="")
    return rows


def _attribute_profiles(rows: list[Row], bank: Bank) -> list[Row]:
    base = bank.base
    left, customers = bank.all
    totals = {"all": customers, "left": left, "stayed": customers - left}
    for attribute, group in groupby(rows, key=lambda row: row["attribute"]):
        of = {row["customer_group"]: row for row in group}
        none = bank.bands[attribute].get("missing", (0, 0))
        missing = {"left": none[0], "stayed": none[1]}
        missing["all"] = missing["left"] + missing["stayed"]
        for name, row in of.items():
            row.update(customers=totals[name], missing=missing[name])
            row["present"] = row["customers"] - row["missing"]
            row["missing_share"] = share(row["missing"], row["customers"])
            if name == "all":
                row["missing_churn_rate"] = share(missing["left"], missing["all"])
                row["present_churn_rate"] = share(left - missing["left"], row["present"])
            present = row["present"]
            bound_p_values(row, ("missing_p_value_holm",), min(missing.values()), base)
            if min(missing.values()) < 2 * base:
                row["missing_is_informative"] = None
            deviation = row["standard_deviation"]
            is_dominated = has_dominant_value(row)
            row["mean"] = coarse_mean(row["mean"], deviation, present, base)
            row["standard_deviation"] = None if is_dominated else three_digits(deviation, 2)
            # The largest value follows from the third moment, where it is far from the others.
            row.update(minimum=None, maximum=None, skewness=None)
            for percent in (5, 25, 50, 75, 95):
                # A quantile beyond which there are few is close to the largest value.
                beyond = present * min(percent, 100 - percent) / 100
                column = f"quantile_{percent:02}"
                row[column] = three_digits(row[column]) if beyond >= 2 * base else None
            band = bank.bands[row["attribute"]].get(row["most_frequent_value"] or "")
            row["most_frequent_share"] = None
            if band is not None:
                count = {"left": band[0], "stayed": band[1]}.get(name, sum(band))
                row["most_frequent_share"] = share(min(count, present), present)
            if not row["most_frequent_share"]:
                row.update(most_frequent_value=None, most_frequent_share=None)
    return rows


def _attribute_histograms(rows: list[Row], bank: Bank) -> list[Row]:
    missing: dict[tuple[str, str], int] = {
        (row["attribute"], row["customer_group"]): row["missing"]
        for row in bank.read("attribute_profiles")
    }
    all_left, everybody = bank.all
    kept = []
    for attribute, group in groupby(rows, key=lambda row: row["attribute"]):
        bins = list(group)
        # Bands begin with the missing, and so do running totals.
        before = (missing[attribute, "left"], missing[attribute, "stayed"])
        round_parts(bins, bank.base, before)
        # All bins are all who have a value, as the bands say.
        none = bank.bands[attribute].get("missing", (0, 0))
        left, stayed = all_left - none[0], everybody - all_left - none[1]
        most_left = max(bins, key=lambda row: row["churned"])
        extra = left - sum(row["churned"] for row in bins)
        most_left["churned"] += extra
        most_left["customers"] += extra
        most_stayed = max(bins, key=lambda row: row["customers"] - row["churned"])
        most_stayed["customers"] += left + stayed - sum(row["customers"] for row in bins)
        for row in bins:
            row["share_of_left"] = share(row["churned"], left)
            row["share_of_stayed"] = share(row["customers"] - row["churned"], stayed)
        kept += bins
    return kept


def _attribute_associations(rows: list[Row], bank: Bank) -> list[Row]:
    for row in rows:
        count, row["customers"] = rounded(row["customers"], bank.base), None
        figures = ("cramers_v", "cramers_v_corrected", "spearman", "pearson", "correlation_ratio")
        coarsen_effects(row, figures, count, bank.base)
    return rows


def _data_quality(rows: list[Row], bank: Bank) -> list[Row]:
    ((read, _, _),) = (_rows_of_source(row, bank) for row in bank.read("publication"))
    kept = []
    for row in rows:
        kind, _, attribute = row["check_name"].partition("_")
        if kind == "missing" and attribute in bank.bands:
            row["rows_affected"] = sum(bank.bands[attribute].get("missing", (0, 0)))
        else:
            row["rows_affected"] = rounded(row["rows_affected"], bank.base)
        row["share"] = share(min(row["rows_affected"], read), read)
        # What stands there for missing values and outliers tells their churn rate.
        row["meaning"] = re.sub(
            r"(, who|; they) churn at \S+ against \S+ of the others", "", row["meaning"]
        )
        if row["rows_affected"]:
            kept.append(row)
    return kept


def _publication(rows: list[Row], bank: Bank) -> list[Row]:
    for row in rows:
        row["rows_read"], row["rows_accepted"], row["rows_rejected"] = _rows_of_source(row, bank)
        row["rows_set_aside"] = rounded(row["rows_set_aside"], bank.base)
    return rows


RULES: Mapping[str, Callable[[list[Row], Bank], list[Row]]] = {
    "adjusted_effects": _adjusted_effects,
    "attribute_associations": _attribute_associations,
    "attribute_histograms": _attribute_histograms,
    "attribute_profiles": _attribute_profiles,
    "attributes": _as_they_are,
    "churn_by": _bands_of_one,
    "churn_overview": _overview,
    "churn_rates": _bands,
    "cluster_choice": _cluster_choice,
    "cluster_profiles": _cluster_profiles,
    "clusters": _clusters,
    "data_quality": _data_quality,
    "hypothesis_tests": hypothesis_tests,
    "publication": _publication,
    "risk_intervals": risk_intervals,
    "risk_segments": risk_segments,
    "segment_frontier": segment_frontier,
    "segment_recommendations": segment_recommendations,
    "stratified_effects": _stratified_effects,
}


def _rows_of_source(publication: Mapping[str, Any], bank: Bank) -> tuple[int, int, int]:
    """Rows read, accepted and rejected: the accepted are the customers."""
    accepted = bank.all[1]
    rejected = rounded(publication["rows_rejected"], bank.base)
    set_aside = rounded(publication["rows_set_aside"], bank.base)
    return accepted + rejected + set_aside, accepted, rejected
