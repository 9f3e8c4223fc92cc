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
    set_rate,
    share,
    support_of,
    three_digits,
)
from python_steps.job.disclosure.hypotheses import hypothesis_tests
from python_steps.job.disclosure.parts import round_parts, round_within, with_rates
from python_steps.job.disclosure.rounding import rounded
from python_steps.job.disclosure.segments import (
    risk_segments,
    segment_frontier,
    segment_recommendations,
)

# Cells of many attributes, and pairs of segments: too many small groups follow from them.
WITHOUT_ROWS = ("churn_cube", "segment_overlap")


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
    return with_rates(round_within(rows, bank, "attribute"), bank)


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
    sizes = {
        row["cluster_id"]: bank.counts(row["churned"], row["customers"])[1]
        for row in bank.read("clusters")
    }
    kept = [row for row in rows if sizes[row["cluster_id"]] >= 2 * bank.base]
    for row in kept:
        size = sizes[row["cluster_id"]]
        difference, distance = row["standardised_difference"], None
        if row["mean"] is not None and difference:
            distance = abs((row["mean"] - row["overall_mean"]) / difference)
        for column, count in (("mean", size), ("overall_mean", bank.all[1])):
            row[column] = coarse_mean(row[column], distance, count, bank.base)
        coarsen_effects(row, ("standardised_difference",), size, bank.base)
        row["missing"] = None
    return kept


def _adjusted_effects(rows: list[Row], bank: Bank) -> list[Row]:
    kept = [row for row in round_within(rows, bank, "attribute") if row["customers"]]
    for row in kept:
        support = support_of(row["churned"], row["customers"], bank)
        ratios = ("crude_odds_ratio", "odds_ratio", "odds_ratio_low", "odds_ratio_high")
        coarsen_ratios(row, (*ratios, "standard_error"), support, bank.base)
        coarsen_effects(row, ("coefficient",), support, bank.base)
        bound_p_values(row, ("p_value", "p_value_holm"), support, bank.base)
    return kept


def _stratified_effects(rows: list[Row], bank: Bank) -> list[Row]:
    supports = {
        (row["attribute"], row["band_order"]): support_of(
            *bank.counts(row["churned"], row["customers"]), bank
        )
        for row in bank.read("churn_rates")
    }
    for row in rows:
        support = supports[row["attribute"], row["band_order"]]
        for kind in ("crude_odds_ratio", "odds_ratio"):
            coarsen_ratios(row, (kind, f"{kind}_low", f"{kind}_high"), support, bank.base)
        bound_p_values(row, ("crude_p_value", "p_value", "homogeneity_p_value"), support, bank.base)
        row["homogeneity_statistic"] = None
    return rows


def _attribute_profiles(rows: list[Row], bank: Bank) -> list[Row]:
    base = bank.base
    left, customers = bank.all
    totals = {"all": customers, "left": left, "stayed": customers - left}
    for _, group in groupby(rows, key=lambda row: row["attribute"]):
        of = {row["customer_group"]: row for row in group}
        missing = {name: rounded(of[name]["missing"], base) for name in ("left", "stayed")}
        missing["all"] = missing["left"] + missing["stayed"]
        for name, row in of.items():
            exact = row["present"]
            row.update(customers=totals[name], missing=missing[name])
            row["present"] = row["customers"] - row["missing"]
            row["missing_share"] = share(row["missing"], row["customers"])
            if name == "all":
                row["missing_churn_rate"] = share(missing["left"], missing["all"])
                row["present_churn_rate"] = share(left - missing["left"], row["present"])
            present = row["present"]
            bound_p_values(row, ("missing_p_value_holm",), min(missing.values()), base)
            deviation, largest = row["standard_deviation"], row["maximum"]
            row.update(minimum=None, maximum=None)
            if largest is not None:
                row["mean"] = coarse_mean(row["mean"], deviation, present, base)
                row["standard_deviation"] = three_digits(deviation, 2)
                coarsen_effects(row, ("skewness",), present, base)
            for percent in (5, 25, 50, 75, 95):
                # A quantile beyond which there are few is close to the largest value.
                beyond = present * min(percent, 100 - percent) / 100
                column = f"quantile_{percent:02}"
                row[column] = three_digits(row[column]) if beyond >= 2 * base else None
            if row["most_frequent_share"] is not None:
                frequent = rounded(round(row["most_frequent_share"] * exact), base)
                row["most_frequent_share"] = share(min(frequent, present), present)
                if not frequent:
                    row.update(most_frequent_value=None, most_frequent_share=None)
    return rows


def _attribute_histograms(rows: list[Row], bank: Bank) -> list[Row]:
    missing: dict[tuple[str, str], int] = {
        (row["attribute"], row["customer_group"]): row["missing"]
        for row in bank.read("attribute_profiles")
    }
    kept = []
    for attribute, group in groupby(rows, key=lambda row: row["attribute"]):
        bins = list(group)
        # Bands begin with the missing, and so do running totals.
        before = (missing[attribute, "left"], missing[attribute, "stayed"])
        round_parts(bins, bank.base, before)
        # That there is a bin at an end would say that somebody is in it.
        places = [place for place, row in enumerate(bins) if row["customers"]]
        bins = bins[places[0] : places[-1] + 1] if places else []
        left = sum(row["churned"] for row in bins)
        stayed = sum(row["customers"] for row in bins) - left
        for row in bins:
            row["share_of_left"] = share(row["churned"], left)
            row["share_of_stayed"] = share(row["customers"] - row["churned"], stayed)
        kept += bins
    return kept


def _attribute_associations(rows: list[Row], bank: Bank) -> list[Row]:
    for row in rows:
        row["customers"] = rounded(row["customers"], bank.base)
        figures = ("cramers_v", "cramers_v_corrected", "spearman", "correlation_ratio")
        coarsen_effects(row, figures, row["customers"], bank.base)
    return rows


def _data_quality(rows: list[Row], bank: Bank) -> list[Row]:
    ((read, _, _),) = (_rows_of_source(row, bank) for row in bank.read("publication"))
    kept = []
    for row in rows:
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
    "risk_segments": risk_segments,
    "segment_frontier": segment_frontier,
    "segment_recommendations": segment_recommendations,
    "stratified_effects": _stratified_effects,
}


def _rows_of_source(publication: Mapping[str, Any], bank: Bank) -> tuple[int, int, int]:
    """Rows read, accepted and rejected: the accepted are the customers."""
    accepted = bank.all[1]
    rejected = rounded(publication["rows_rejected"], bank.base)
    return accepted + rejected, accepted, rejected
