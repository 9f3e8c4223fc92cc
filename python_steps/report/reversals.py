"""Where an effect has another sign within strata, and the rates that show it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from python_steps.report.figures import Cube, Figures, Row
from python_steps.report.phrases import MISLEADING
from python_steps.report.wording import Wording

# Rates of fewer customers are not drawn.
MIN_CUSTOMERS = 10


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
            if customers >= MIN_CUSTOMERS:
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
    order = list(MISLEADING)
    return sorted(
        kept,
        key=lambda row: (order.index(row["misleads"]), -(row["homogeneity_statistic"] or 0)),
    )
