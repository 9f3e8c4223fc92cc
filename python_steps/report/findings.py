"""What the figures say, in sentences of any language; dashboard and deck share them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from python_steps.languages import N_
from python_steps.report.figures import Cube, Figures, Row
from python_steps.report.wording import Wording

# Bands with a smaller share of the customers are not named as examples.
_MIN_SHARE = 0.01
# Rates of fewer customers are not drawn.
_MIN_CUSTOMERS = 10

CONCLUSIONS = {
    "difference": N_("Difference"),
    "negligible_difference": N_("Difference too small to matter"),
    "no_difference": N_("No difference that matters"),
    "undecided": N_("Undecided"),
    "not_tested": N_("Could not be tested"),
}
_METHODS = {
    "welch_t": N_("Welch's t-test"),
    "mann_whitney_u": N_("Mann-Whitney test"),
    "kolmogorov_smirnov": N_("Kolmogorov-Smirnov test"),
    "chi_square": N_("Chi-square test"),
    "two_proportion_z": N_("Two proportions"),
    "fisher_exact": N_("Fisher's exact test"),
}
_MISLEADING = {
    "reverses": N_("Reverses: raises churn in some bands and lowers it in others"),
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
    "no_products": N_("Customers without any product, which a bank should not have."),
}
_ATTRIBUTE_CHECKS = {
    "missing_": N_("{label}: missing; a band of its own, nothing is filled in."),
    "unreadable_": N_("{label}: unreadable values, counted as missing."),
    "out_of_range_": N_("{label}: values out of range, counted as missing."),
    "outliers_": N_("{label}: far from most values; they are kept."),
    "misleading_": N_("{label}: its pooled effect on churn misleads."),
}
INTERVAL = N_(
    "An interval says how far chance alone can move a figure: over many such tables, 95 of 100 "
    "intervals hold the true rate."
)
CLUSTERS = N_(
    "Groups by behaviour, found without looking at who left. Their number is the largest that is "
    "stable on resampled customers and has structure; where none is, the customers are one group."
)
METHOD_NOTES = (
    N_("Rates have Wilson's 95% interval."),
    N_(
        "Nothing is filled in and nothing trimmed: a missing value is a band of its own. Only the "
        "clusters put it in the middle, and know that it is missing."
    ),
    N_(
        "All hypotheses are corrected together (Holm), so that a difference found by chance is as "
        "unlikely for all of them as for one."
    ),
    N_(
        "Segments are searched on one half of the customers and tested on the other by an exact "
        "test, with Holm's correction. Figures of the testing half are the ones to plan with."
    ),
    N_(
        "Churners and balance to expect are those of the testing half's rate, applied to the "
        "customers who have not left."
    ),
    N_("This is what was seen, not what would happen: an offer's effect needs an experiment."),
)
SEVERITIES = {
    "error": N_("error"),
    "warning": N_("warning"),
    "info": N_("to know"),
    "ok": N_("nothing found"),
}


def findings(figures: Figures, wording: Wording) -> Iterator[str]:
    """The main findings, the most important first."""
    overview = figures.overview
    yield wording.text(
        "{churned} of {customers} customers left: {rate}, with 95% interval {interval}.",
        churned=wording.number(overview["churned"]),
        customers=wording.number(overview["customers"]),
        rate=wording.percent(overview["churn_rate"]),
        interval=wording.interval(overview["churn_rate_low"], overview["churn_rate_high"]),
    )
    leaving = [one for one in figures.segments("leaving") if one["is_confirmed"]]
    if leaving:
        # Each customer is counted in the first segment only.
        customers = sum(segment["primary_customers"] for segment in leaving)
        churned = sum(segment["primary_churned"] for segment in leaving)
        yield wording.text(
            "The confirmed leaving segments hold {customers} of the customers and {churn} of all "
            "churn.",
            customers=wording.percent(customers / overview["customers"], 0),
            churn=wording.percent(churned / overview["churned"], 0),
        )
    yield from _extremes(figures, wording)
    strongest = strongest_attributes(figures)
    if strongest:
        yield from _spread(figures, wording, strongest[0])
    yield from _missing_values(figures, wording)
    misleading = misleading_effects(figures)
    if misleading:
        effect = misleading[0]
        yield wording.count(
            "In {number} place pooled figures mislead",
            "In {number} places pooled figures mislead",
            len(misleading),
        ) + wording.text(
            ": first of all {label} within {stratum}.",
            label=attribute_label(figures, wording, effect["attribute"]),
            stratum=attribute_label(figures, wording, effect["stratum_attribute"]),
        )


def key_figures(figures: Figures, wording: Wording) -> list[tuple[str, str, str]]:
    """Title, figure and remark of each key figure."""
    overview, segments = figures.overview, figures.tables["risk_segments"]
    confirmed = sum(bool(segment["is_confirmed"]) for segment in segments)
    tiles = [
        (wording.text("Customers"), wording.number(overview["customers"]), ""),
        (wording.text("Left"), wording.number(overview["churned"]), ""),
        (
            wording.text("Churn rate"),
            wording.percent(overview["churn_rate"]),
            wording.text(
                "95% interval {interval}",
                interval=wording.interval(overview["churn_rate_low"], overview["churn_rate_high"]),
            ),
        ),
    ]
    if figures.cube is not None and figures.cube.balance_sum.sum() > 0:
        balance, left = figures.cube.balance_sum.sum(), figures.cube.churned_balance_sum.sum()
        share = wording.text("{share} of all balances", share=wording.percent(left / balance))
        tiles.append((wording.text("Balance of those who left"), wording.amount(left), share))
    tiles.append(
        (
            wording.text("Confirmed segments"),
            wording.number(confirmed),
            wording.text("of {number} listed", number=wording.number(len(segments))),
        )
    )
    return tiles


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
            wording.text("Search half"),
            wording.percent(segment["discovery_churn_rate"]),
        ),
        (
            wording.text("Testing half"),
            f"{wording.percent(segment['confirmation_churn_rate'])}, "
            f"p {_equals(wording.p_value(segment['confirmation_p_value_holm']))}",
        ),
        (wording.text("Share of churn"), wording.percent(segment["share_of_churn"])),
        (wording.text("Churners to expect"), wording.number(segment["expected_churners"])),
        (wording.text("Balance to lose"), wording.amount(segment["expected_lost_balance"])),
    ]


@dataclass(frozen=True)
class Reversal:
    """An effect that turns round.

    Attributes:
        effect: a row of ``stratified_effects``.
        attribute, stratum: the attribute that it is of and the one within whose bands it turns
            round, as rows of ``attributes``.
    """

    effect: Row
    attribute: Row
    stratum: Row


def reversals(figures: Figures) -> Sequence[Reversal]:
    """The effects that turn round, the clearest first, one for each pair of attributes."""
    known = {attribute["attribute"]: attribute for attribute in figures.attributes}
    pairs: dict[tuple[str, str], Row] = {}
    for effect in misleading_effects(figures):
        if effect["misleads"] in ("reverses", "opposite"):
            pairs.setdefault((effect["attribute"], effect["stratum_attribute"]), effect)
    return [
        Reversal(effect, known[attribute], known[stratum])
        for (attribute, stratum), effect in pairs.items()
    ]


@dataclass(frozen=True)
class Cell:
    """Customers of a group within a band of another attribute; the texts are for readers."""

    stratum: str
    group: str
    customers: int
    churned: int


def rates_within(
    figures: Figures, cube: Cube, reversal: Reversal, wording: Wording
) -> Iterator[Cell]:
    """Count the customers of a reversing band, and all others, where they are not too few."""
    names = [row["attribute"] for row in figures.tables["attributes"]]
    bands = cube.codes[:, names.index(reversal.attribute["attribute"])]
    strata = cube.codes[:, names.index(reversal.stratum["attribute"])]
    all_bands = figures.bands(reversal.attribute["attribute"])
    (place,) = (
        place
        for place, band in enumerate(all_bands)
        if band["band_order"] == reversal.effect["band_order"]
    )
    # Where the band is not that of missing values, these belong to neither side.
    is_known = np.array([band["band_order"] > 0 for band in all_bands])
    is_rest = is_known if reversal.effect["band_order"] > 0 else np.ones_like(is_known)
    is_rest[place] = False
    name = wording.band(reversal.attribute, all_bands[place])
    (*others,) = (band for band, rest in zip(all_bands, is_rest, strict=True) if rest)
    all_others = wording.text("all others")
    rest = wording.band(reversal.attribute, others[0]) if len(others) == 1 else all_others
    for stratum_place, stratum in enumerate(figures.bands(reversal.stratum["attribute"])):
        for group, members in ((name, bands == place), (rest, is_rest[bands])):
            cells = (strata == stratum_place) & members
            customers = int(cube.customers[cells].sum())
            if customers >= _MIN_CUSTOMERS:
                churned = int(cube.churned[cells].sum())
                yield Cell(wording.band(reversal.stratum, stratum), group, customers, churned)


def effect_band(figures: Figures, wording: Wording, effect: Row) -> str:
    """What the band of a row of ``stratified_effects`` is called."""
    (attribute,) = (one for one in figures.attributes if one["attribute"] == effect["attribute"])
    (band,) = (
        one
        for one in figures.bands(effect["attribute"])
        if one["band_order"] == effect["band_order"]
    )
    return wording.band(attribute, band)


def quality_rows(figures: Figures) -> Sequence[Row]:
    """The rows of ``data_quality`` that found something, the gravest first."""
    order = list(SEVERITIES)
    found = [row for row in figures.tables["data_quality"] if row["severity"] != "ok"]
    return sorted(found, key=lambda row: (order.index(row["severity"]), -row["rows_affected"]))


def attribute_label(figures: Figures, wording: Wording, name: str) -> str:
    """What people call an attribute, as part of a sentence."""
    for row in figures.tables["attributes"]:
        if row["attribute"] == name:
            return wording.own(row, "label")
    return wording.text("churn") if name == "has_churned" else name


def strongest_attributes(figures: Figures) -> Sequence[Row]:
    """The attributes by how far their bands differ in churn: by corrected Cramér's V."""

    def strength(attribute: Row) -> float:
        bands = figures.bands(attribute["attribute"])
        customers = sum(band["customers"] for band in bands)
        churned = sum(band["churned"] for band in bands)
        if not 0 < churned < customers:
            return 0.0
        rate = churned / customers
        chi_square = sum(
            (band["churned"] - band["customers"] * rate) ** 2
            / (band["customers"] * rate * (1 - rate))
            for band in bands
        )
        # Bergsma (2013): less what chance gives to so many bands.
        return float(max(0.0, chi_square - (len(bands) - 1)) / customers)

    by_strength = sorted(figures.attributes, key=strength, reverse=True)
    return [attribute for attribute in by_strength if strength(attribute) > 0]


def misleading_effects(figures: Figures) -> Sequence[Row]:
    """Pooled effects that mislead, the clearest reversals first; of two bands only the first."""
    rows = [row for row in figures.tables["stratified_effects"] if row["misleads"]]
    known = {
        attribute["attribute"]: [
            band for band in figures.bands(attribute["attribute"]) if band["band_order"] > 0
        ]
        for attribute in figures.attributes
    }
    # Of two bands each says what the other does.
    kept = [
        row
        for row in rows
        if len(known[row["attribute"]]) != 2
        or row["band_order"] != known[row["attribute"]][1]["band_order"]
    ]
    order = list(_MISLEADING)
    return sorted(
        kept,
        key=lambda row: (order.index(row["misleads"]), -(row["homogeneity_statistic"] or 0)),
    )


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
    return wording.text(_MISLEADING[way])


def origin_words(segment: Row, wording: Wording) -> str:
    """Whether a row of ``risk_segments`` was found by the search or named by the bank."""
    return wording.text("named") if segment["origin"] == "named" else wording.text("found")


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
    if row["method"] in ("two_proportion_z", "fisher_exact"):
        return wording.text(
            "{a}: {rate_a}, {b}: {rate_b}; difference {difference} points ({low} to {high})",
            **groups,
            rate_a=wording.percent(row["estimate_a"]),
            rate_b=wording.percent(row["estimate_b"]),
            difference=wording.signed(_points(row["difference"])),
            low=wording.signed(_points(row["difference_low"])),
            high=wording.signed(_points(row["difference_high"])),
        )
    name = _EFFECTS[row["effect_name"]]
    effect = wording.text(
        "{effect} {size} ({low} to {high})",
        effect=wording.text(name),
        size=_effect(row, "effect_size", wording),
        low=_effect(row, "effect_low", wording),
        high=_effect(row, "effect_high", wording),
    )
    message = _MESSAGES.get(row["method"])
    if message is None:
        return effect
    values = {"value_a": row["estimate_a"], "value_b": row["estimate_b"]}
    said = {name: value_words(value, wording) for name, value in values.items()}
    return f"{wording.text(message, **groups, **said)}; {effect}"


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
    name = row["check_name"]
    if name in _CHECKS:
        return wording.text(_CHECKS[name])
    for prefix, message in _ATTRIBUTE_CHECKS.items():
        for attribute in figures.tables["attributes"]:
            if name == prefix + attribute["attribute"]:
                return wording.text(message, label=wording.label(attribute))
    return str(row["meaning"])


def _extremes(figures: Figures, wording: Wording) -> Iterator[str]:
    """The sharpest leaving and the most loyal confirmed segment."""
    for direction, message in _EXTREMES.items():
        confirmed = [one for one in figures.segments(direction) if one["is_confirmed"]]
        if confirmed:
            extreme = max if direction == "leaving" else min
            segment = extreme(confirmed, key=lambda one: one["churn_rate"])
            yield wording.text(
                message,
                name=wording.own(segment, "name"),
                customers=customers_words(segment["customers"], wording),
                rate=wording.percent(segment["churn_rate"]),
                confirmed=wording.percent(segment["confirmation_churn_rate"]),
            )


_EXTREMES = {
    "leaving": N_("Sharpest: “{name}”, {customers}: {rate} left, in the testing half {confirmed}."),
    "loyal": N_("Most loyal: “{name}”, {customers}: {rate} left, in the testing half {confirmed}."),
}


def customers_words(customers: int, wording: Wording) -> str:
    """So many customers."""
    return wording.count("{number} customer", "{number} customers", customers)


def _spread(figures: Figures, wording: Wording, attribute: Row) -> Iterator[str]:
    """Between which bands of an attribute churn differs most."""
    customers = figures.overview["customers"]
    bands = [
        band
        for band in figures.bands(attribute["attribute"])
        if band["customers"] >= _MIN_SHARE * customers
    ]
    if len(bands) > 1:
        lowest, *_, highest = sorted(bands, key=lambda band: band["churn_rate"])
        yield wording.text(
            "Churn differs most by “{label}”: {high} at “{high_band}”, {low} at “{low_band}”.",
            label=wording.own(attribute, "label"),
            high_band=wording.band(attribute, highest),
            high=wording.percent(highest["churn_rate"]),
            low_band=wording.band(attribute, lowest),
            low=wording.percent(lowest["churn_rate"]),
        )


def _missing_values(figures: Figures, wording: Wording) -> Iterator[str]:
    for row in figures.tables["attribute_profiles"]:
        if row["customer_group"] == "all" and row["missing_is_informative"]:
            yield wording.text(
                "A missing value says something: without “{label}” {missing} left, "
                "with it {present}.",
                label=attribute_label(figures, wording, row["attribute"]),
                missing=wording.percent(row["missing_churn_rate"]),
                present=wording.percent(row["present_churn_rate"]),
            )


def _points(share: float | None) -> float | None:
    return None if share is None else 100 * share


def value_words(value: float | None, wording: Wording) -> str:
    """A value with as many digits as a reader can use."""
    if value is None or abs(value) < 10_000:
        return wording.number(value, 0 if value is not None and value == round(value) else 2)
    return wording.amount(value)


def _equals(p_value: str) -> str:
    return p_value if p_value.startswith("<") else f"= {p_value}"
