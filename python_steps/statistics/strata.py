"""An attribute's effect on churn within the strata of another: does a third factor mislead?

Everything is computed from the 2x2 tables of the strata (in the band or not, left or stayed), which
SQL sums from the churn cube.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from python_steps.common.attributes import ORDERED_TYPES, OUTCOME
from python_steps.statistics.caveats import band_effect, order_effect
from python_steps.statistics.cells import BandCodes, in_order, sum_tables
from python_steps.statistics.outcome import NAN, Z_95
from python_steps.statistics.proportions import odds_ratio

# Of an attribute within the strata of another one.
_OF_PAIR = (
    "crude_order_effect",
    "order_effect",
    "order_error",
    "band_effect",
    "band_error",
    "band_p_value",
)


@dataclass(frozen=True)
class StratifiedEffect:
    """The odds ratio of a 2x2 table, pooled over strata; NaN where it cannot be computed.

    Attributes:
        strata: how many strata say something: both groups and both outcomes occur in them.
        crude_odds_ratio, crude_odds_ratio_low, crude_odds_ratio_high, crude_p_value: without
            regard to the strata, with the 95% score interval and the chi-square test.
        odds_ratio, odds_ratio_low, odds_ratio_high, p_value: Mantel-Haenszel's, with the 95%
            interval of Robins, Breslow and Greenland and the Mantel-Haenszel test without
            continuity correction.
        homogeneity_statistic, homogeneity_p_value: Breslow and Day's test that all strata share
            one odds ratio, with Tarone's correction.
        reverses: some stratum's odds ratio is above 1 and another's below, each beyond doubt.
        raising_strata, lowering_strata: the places of those strata.
    """

    strata: int = 0
    crude_odds_ratio: float = NAN
    crude_odds_ratio_low: float = NAN
    crude_odds_ratio_high: float = NAN
    crude_p_value: float = NAN
    odds_ratio: float = NAN
    odds_ratio_low: float = NAN
    odds_ratio_high: float = NAN
    p_value: float = NAN
    homogeneity_statistic: float = NAN
    homogeneity_p_value: float = NAN
    reverses: bool = False
    raising_strata: tuple[int, ...] = ()
    lowering_strata: tuple[int, ...] = ()


def stratified_effect(tables: ArrayLike, alpha: float = 0.05) -> StratifiedEffect:
    """Pool the 2x2 tables of strata.

    "Beyond doubt" means that the stratum's own odds ratio differs from 1 by a two-sided Wald test
    of its logarithm at alpha; where a cell is empty, 0.5 is added to all four (Haldane and
    Anscombe).

    Args:
        tables: shape (strata, 2, 2), counts: [in the group or not][left or stayed].
        alpha: the level of the test of a single stratum.

    Returns:
        The effect; NaN where margins are empty.

    Source: Mantel and Haenszel (1959); Robins, Breslow and Greenland (1986); Breslow and Day
    (1980), corrected by Tarone (1985).
    """
    counts = np.asarray(tables, dtype=float).reshape(-1, 2, 2)
    pooled = counts.sum(axis=0)
    crude, crude_low, crude_high = odds_ratio(pooled.tolist())
    informative = (counts.sum(axis=1) > 0).all(axis=1) & (counts.sum(axis=2) > 0).all(axis=1)
    places = np.flatnonzero(informative)
    counts = counts[informative]
    a, b, c, d = counts[:, 0, 0], counts[:, 0, 1], counts[:, 1, 0], counts[:, 1, 1]
    n = a + b + c + d
    concordant, discordant = a * d / n, b * c / n
    above, below = concordant.sum(), discordant.sum()
    effect: dict[str, Any] = {
        "strata": len(places),
        "crude_odds_ratio": crude,
        "crude_odds_ratio_low": crude_low,
        "crude_odds_ratio_high": crude_high,
        # One stratum with n for n - 1 is Pearson's chi-square.
        "crude_p_value": _mantel_haenszel_p_value(pooled[None], less=0),
    }
    if not above or not below:
        return StratifiedEffect(**effect)
    common = float(above / below)
    p, q = (a + d) / n, (b + c) / n
    error = math.sqrt(
        (p * concordant).sum() / (2 * above**2)
        + (p * discordant + q * concordant).sum() / (2 * above * below)
        + (q * discordant).sum() / (2 * below**2)
    )
    statistic = _breslow_day(counts, common)
    filled = counts + 0.5 * (counts == 0).any(axis=(1, 2))[:, None, None]
    logs = np.log(filled[:, 0, 0] * filled[:, 1, 1] / (filled[:, 0, 1] * filled[:, 1, 0]))
    z = logs / np.sqrt((1 / filled).sum(axis=(1, 2)))
    beyond_doubt = float(-special.ndtri(alpha / 2))
    raising, lowering = places[z > beyond_doubt], places[z < -beyond_doubt]
    return StratifiedEffect(
        **effect,
        odds_ratio=common,
        odds_ratio_low=common * math.exp(-Z_95 * error),
        odds_ratio_high=common * math.exp(Z_95 * error),
        p_value=_mantel_haenszel_p_value(counts, less=1),
        homogeneity_statistic=statistic,
        homogeneity_p_value=float(special.chdtrc(len(places) - 1, statistic))
        if len(places) > 1
        else NAN,
        reverses=bool(len(raising) and len(lowering)),
        raising_strata=tuple(raising.tolist()),
        lowering_strata=tuple(lowering.tolist()),
    )


def stratified_effects(
    cube: pd.DataFrame,
    attributes: Sequence[Mapping[str, Any]],
    bands: Sequence[Mapping[str, Any]],
    associations: Sequence[Mapping[str, Any]],
    alpha: float,
    max_strata: int,
) -> pd.DataFrame:
    """The effect of being in each band, within the strata of other attributes.

    Of many attributes those are taken as strata that could explain most of an effect: by the
    product of Cramér's V with the attribute and with churn.

    Args:
        cube: cells of the churn cube: a ``<attribute>_band_order`` per attribute, ``customers`` and
            ``churned``; equal cells may be summed before.
        attributes: the var ``attributes``.
        bands: rows of ``int_bands``.
        associations: rows of ``int_attribute_associations``.
        alpha: the family-wise error of all strata of all rows together, and of all rows' effects.
        max_strata: how many attributes are strata of one.

    Returns:
        A row per attribute, band and stratum attribute with the columns of the
        ``stratified_effects`` mart. A band is compared with all others of its attribute, in which
        customers without a value take no part; missing is compared with everybody who has one.
        Those without a value of the stratum attribute are a stratum of their own. `misleads` is
        that of :func:`how_pooling_misleads`. The same in each row of a pair of attributes:
        crude_order_effect, order_effect and order_error, by the numbers of the bands, of ordered
        attributes (see :func:`order_effect`); band_effect, band_error and band_p_value
        (:func:`band_effect`).
    """
    names = {(band["attribute"], band["band_order"]): band["band"] for band in bands}
    ordered = {one["name"] for one in attributes if one["type"] in ORDERED_TYPES}
    axes = BandCodes.of(cube, attributes)
    strata_of = _strata_of(axes.names, associations, max_strata)
    chosen = {tuple(sorted((own, one))) for own, others in strata_of.items() for one in others}
    weights = [cube[column].to_numpy(float) for column in ("churned", "customers")]
    tables = sum_tables(axes.codes, axes.sizes, weights, 2, chosen)
    effects: list[tuple[dict[str, Any], list[str], NDArray[np.float64]]] = []
    for own, others in strata_of.items():
        attribute, orders = axes.names[own], axes.orders[own]
        for other in others:
            stratum_attribute = axes.names[other]
            left, everyone = in_order(tables, own, other)
            counts = np.stack([left, everyone - left], axis=-1)
            # Whether the whole attribute is about churn among customers alike in the other.
            of_pair = _of_pair(counts, orders, attribute in ordered)
            strata = [names[stratum_attribute, one] for one in axes.orders[other].tolist()]
            with_value = counts[orders != 0].sum(axis=0)
            for place, band in enumerate(orders.tolist()):
                key = {
                    "attribute": attribute,
                    "band_order": band,
                    "band": names[attribute, band],
                    "stratum_attribute": stratum_attribute,
                    **of_pair,
                }
                rest = with_value - counts[place] if band else with_value
                effects.append((key, strata, np.stack([counts[place], rest], axis=1)))
    effects.sort(key=lambda one: (one[0]["attribute"], one[0]["stratum_attribute"]))
    stratum_tests = sum(len(tables) for _, _, tables in effects)
    rows = []
    for key, strata_names, pair in effects:
        effect = stratified_effect(pair, alpha / stratum_tests)
        rows.append(
            {
                **key,
                **effect.__dict__,
                "raising_strata": "; ".join(strata_names[one] for one in effect.raising_strata),
                "lowering_strata": "; ".join(strata_names[one] for one in effect.lowering_strata),
                "misleads": how_pooling_misleads(effect, alpha / len(effects)),
            }
        )
    columns = ["attribute", "band_order", "band", "stratum_attribute"]
    fields = [*StratifiedEffect.__dataclass_fields__, "misleads", *_OF_PAIR]
    # Without a row, a table would not know what its columns hold.
    texts = ["attribute", "band", "stratum_attribute", "raising_strata", "lowering_strata"]
    types: dict[str, type] = {
        **dict.fromkeys(fields, float),
        **dict.fromkeys([*texts, "misleads"], str),
        **dict.fromkeys(["band_order", "strata"], int),
        "reverses": bool,
    }
    return pd.DataFrame(rows, columns=[*columns, *fields]).astype(types)


def _of_pair(
    counts: NDArray[np.float64], orders: NDArray[np.int64], is_ordered: bool
) -> dict[str, float]:
    """What ``_OF_PAIR`` names.

    Args:
        counts: shape (bands of the attribute, bands of the stratum attribute, left or stayed).
        orders: the numbers of the attribute's bands; 0 is missing.
        is_ordered: whether they are in the order of values.
    """
    tables = counts.transpose(1, 2, 0)
    found = dict.fromkeys(_OF_PAIR, NAN)
    found["band_effect"], found["band_error"], found["band_p_value"] = band_effect(tables)
    if is_ordered:
        present = tables[:, :, orders != 0]
        found["crude_order_effect"], _ = order_effect(present.sum(axis=0, keepdims=True))
        found["order_effect"], found["order_error"] = order_effect(present)
    return found


def _strata_of(
    names: Sequence[str], associations: Sequence[Mapping[str, Any]], most: int
) -> dict[int, list[int]]:
    """By the place of each attribute, those of the attributes that are its strata."""
    strength = {
        frozenset((row["attribute_a"], row["attribute_b"])): row["cramers_v"] or 0.0
        for row in associations
    }
    found = {}
    for own, name in enumerate(names):
        explains = {
            other: strength.get(frozenset((name, stratum)), 0.0)
            * strength.get(frozenset((stratum, OUTCOME)), 0.0)
            for other, stratum in enumerate(names)
            if other != own
        }
        ranked = sorted(explains, key=lambda one: (-explains[one], one))
        found[own] = sorted(ranked[:most])
    return found


def how_pooling_misleads(effect: StratifiedEffect, alpha: float) -> str:
    """In what way the crude odds ratio would mislead; empty where it does not.

    - ``reverses``: the effect has one sign in some stratum and the other in another.
    - ``opposite``: the crude effect and the one within strata have opposite signs, both clear.
    - ``hidden``: there is an effect within strata, and none to be seen without them.
    - ``explained``: there is a crude effect, and none to be seen within strata.

    An effect is clear where its p-value is below alpha. But for reversals, the interval of the
    effect within strata must also leave out the crude odds ratio, so that two p-values on
    different sides of alpha are not enough.
    """
    if effect.reverses:
        return "reverses"
    moved = not effect.odds_ratio_low <= effect.crude_odds_ratio <= effect.odds_ratio_high
    if math.isnan(effect.crude_odds_ratio) or math.isnan(effect.odds_ratio) or not moved:
        return ""
    crude_is_clear, is_clear = effect.crude_p_value < alpha, effect.p_value < alpha
    if crude_is_clear and is_clear:
        opposite = (effect.crude_odds_ratio > 1) != (effect.odds_ratio > 1)
        return "opposite" if opposite else ""
    if is_clear:
        return "hidden"
    return "explained" if crude_is_clear else ""


def _mantel_haenszel_p_value(counts: NDArray[np.float64], less: int) -> float:
    """The test of an odds ratio of 1 in all strata, without continuity correction."""
    group, left, n = counts[:, 0].sum(axis=1), counts[:, :, 0].sum(axis=1), counts.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = group * (n - group) * left * (n - left) / (n**2 * (n - less))
        statistic = (counts[:, 0, 0] - group * left / n).sum() ** 2 / variance.sum()
    return float(special.chdtrc(1, statistic)) if statistic >= 0 else NAN


def _breslow_day(counts: NDArray[np.float64], odds_ratio: float) -> float:
    """Breslow and Day's statistic with Tarone's correction, for strata with full margins."""
    a = counts[:, 0, 0]
    group, left, n = counts[:, 0].sum(axis=1), counts[:, :, 0].sum(axis=1), counts.sum(axis=(1, 2))
    # The expected count under a common odds ratio solves a quadratic.
    quadratic = 1 - odds_ratio
    linear = n - group - left + odds_ratio * (group + left)
    constant = -odds_ratio * group * left
    root = np.sqrt(np.maximum(linear**2 - 4 * quadratic * constant, 0))
    # This form of the root does not cancel, and holds where the odds ratio is 1.
    expected = -2 * constant / (linear + root)
    variance = 1 / (
        1 / expected
        + 1 / (group - expected)
        + 1 / (left - expected)
        + 1 / (n - group - left + expected)
    )
    excess = a - expected
    statistic = (excess**2 / variance).sum() - excess.sum() ** 2 / variance.sum()
    # Equal strata give zero but for rounding, which may fall below it.
    return max(0.0, float(statistic))
