"""From the churn cube to rules, and from counts to evidence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from python_steps import segment_rules as rules
from python_steps.errors import ChurnError
from python_steps.multiplicity import holm
from python_steps.segment_search import (
    Axis,
    interval_selectors,
    search_segments,
    select_distinct,
)

RULE_COLUMNS = ["segment_id", "name", "rule", "rule_sql", "origin", "direction", "search_rank"]
# Wide enough that a short list of distinct segments can be picked from it.
CANDIDATES_KEPT = 5000


def find_risk_segments(
    cube: pd.DataFrame,
    bands: Sequence[Mapping[str, Any]],
    quantiles: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """The rules of the named segments and of those discovered on the discovery half.

    Args:
        cube: ``int_churn_cube``: fold, a ``<attribute>_band_order`` per attribute, customers,
            churned.
        bands: rows of ``int_bands``.
        quantiles: rows of ``int_attribute_quantiles``.
        settings: the dbt vars that the model passes on.

    Returns:
        A row per segment with ``RULE_COLUMNS``: the discovered ones by rank, then the named ones.

    Raises:
        ChurnError: a named segment uses an attribute that is not in the registry, or a condition
            without a meaning.
    """
    discovered = _discover(cube, bands, settings)
    named = [_named(segment, quantiles, settings) for segment in settings["named_segments"]]
    evaluated = discovered + [segment for segment in named if segment is not None]
    # Values that differ in case or punctuation only make the same id.
    seen: Counter[str] = Counter()
    for segment in evaluated:
        seen[segment["segment_id"]] += 1
        if seen[segment["segment_id"]] > 1:
            segment["segment_id"] += f"__{seen[segment['segment_id']]}"
    # Without a row, a table would not know that its columns hold text.
    segments = pd.DataFrame(evaluated, columns=RULE_COLUMNS[:-1]).astype(str)
    segments["search_rank"] = np.arange(1, len(segments) + 1)
    return segments


def confirm_segments(counts: Sequence[Mapping[str, Any]], alpha: float) -> pd.DataFrame:
    """Test each segment on the confirmation half, which the search has not seen.

    The p-value is the exact chance that a random group of the segment's size holds at least as
    many churners (one-sided Fisher test), and Holm's correction runs over all segments. The
    discovery half gets the same figures: there the p-values of discovered segments are
    optimistic, which is why the other half exists.

    Args:
        counts: rows of ``int_segment_counts``: segment_id, fold, customers, churned,
            fold_customers, fold_churned.
        alpha: the family-wise error.

    Returns:
        A row per segment and fold: segment_id, fold, p_value, p_value_holm, is_confirmed (null on
        the discovery half). A p-value is NaN where the segment is empty in the fold.
    """
    numbers = ["customers", "churned", "fold_customers", "fold_churned"]
    table = pd.DataFrame(counts, columns=["segment_id", "fold", *numbers])
    table = table.astype({"segment_id": str, "fold": str} | dict.fromkeys(numbers, np.int64))
    p_values = hypergeom.sf(
        table["churned"] - 1, table["fold_customers"], table["fold_churned"], table["customers"]
    )
    table["p_value"] = np.where(table["customers"] > 0, p_values, np.nan)
    table["p_value_holm"] = np.nan
    for fold in ("discovery", "confirmation"):
        in_fold = table["fold"] == fold
        table.loc[in_fold, "p_value_holm"] = holm(table.loc[in_fold, "p_value"].to_numpy(float))
    table["is_confirmed"] = table["p_value_holm"] < alpha
    return table[["segment_id", "fold", "p_value", "p_value_holm", "is_confirmed"]]


def _discover(
    cube: pd.DataFrame, bands: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]
) -> list[dict[str, Any]]:
    half = cube[cube["fold"] == "discovery"]
    axes = [
        _axis(attribute, half[f"{attribute['name']}_band_order"].to_numpy(), bands)
        for attribute in settings["attributes"]
    ]
    axes = [axis for axis in axes if len(axis.names)]
    customers = half["customers"].to_numpy(np.int64)
    churned = half["churned"].to_numpy(np.int64)
    candidates = search_segments(
        axes,
        customers,
        churned,
        max_conditions=settings["max_conditions"],
        min_customers=settings["segment_min_customers"] / 2,
        min_lift=settings["segment_min_lift"],
        keep=CANDIDATES_KEPT,
    )
    chosen = select_distinct(
        axes,
        customers,
        churned,
        candidates,
        limit=settings["segment_limit"],
        max_jaccard=settings["segment_max_jaccard"],
        min_lift=settings["segment_min_lift"],
        alpha=settings["alpha"],
    )
    conditions = [
        tuple(axes[axis].names[selector] for axis, selector in one.selectors) for one in chosen
    ]
    return [
        _segment(rules.rule_id(one), rules.rule_words(one), one, "discovered") for one in conditions
    ]


def _axis(
    attribute: Mapping[str, Any], band_orders: np.ndarray, bands: Sequence[Mapping[str, Any]]
) -> Axis[rules.Condition]:
    """The bands that occur, and every condition on them that says something."""
    occurring = set(np.unique(band_orders).tolist())
    own = [
        band
        for band in bands
        if band["attribute"] == attribute["name"] and band["band_order"] in occurring
    ]
    present = [place for place, band in enumerate(own) if band["band_kind"] != "missing"]
    has_missing = len(present) < len(own)
    names: list[rules.Condition] = []
    covered: list[list[int]] = []
    if attribute["type"] in ("number", "integer"):
        for first, last in interval_selectors(len(present), has_missing=has_missing):
            names.append(_interval(attribute, own[present[first]], own[present[last]]))
            covered.append(present[first : last + 1])
    elif len(own) > 1:
        for place in present:
            if own[place]["band_kind"] == "value":
                names.append(rules.value(attribute, own[place]["band"]))
                covered.append([place])
    if has_missing and present:
        names.append(rules.missing(attribute))
        covered.append([place for place in range(len(own)) if place not in present])
    selectors = np.zeros((len(names), len(own)))
    for row, columns in enumerate(covered):
        selectors[row, columns] = 1
    orders = np.array([band["band_order"] for band in own])
    return Axis(
        attribute["name"],
        np.searchsorted(orders, band_orders),
        selectors,
        tuple(names),
    )


def _interval(
    attribute: Mapping[str, Any], first: Mapping[str, Any], last: Mapping[str, Any]
) -> rules.Condition:
    lower, upper = first["lower_bound"], last["upper_bound"]
    return rules.interval(attribute, lower, upper, words=_range_words(attribute, lower, upper))


def _range_words(attribute: Mapping[str, Any], lower: float | None, upper: float | None) -> str:
    unit = attribute.get("unit")
    whole = attribute["type"] == "integer" or unit == "years"
    if lower is None and upper is None:
        return "known"
    if lower is None:
        assert upper is not None
        return "0" if whole and upper == 1 else f"under {_number(upper, unit)}"
    if upper is None:
        return f"{_number(lower, unit)} or more"
    if whole and upper == lower + 1:
        return _number(lower, unit)
    if whole:
        return f"{_number(lower, unit)}-{_number(upper - 1, unit)}"
    return f"{_number(lower, unit)} to {_number(upper, unit)}"


def _number(number: float, unit: str | None) -> str:
    if unit == "money" and abs(number) >= 1_000_000:
        return f"{number / 1_000_000:.10g} million"
    if unit == "money" and abs(number) >= 10_000:
        return f"{number / 1_000:.10g} thousand"
    return f"{number:.15g}"


def _named(
    segment: Mapping[str, Any],
    quantiles: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
) -> dict[str, Any] | None:
    """A named segment, or None where "high" means nothing because its attribute has no values."""
    registry = {attribute["name"]: attribute for attribute in settings["attributes"]}
    conditions = []
    for condition in segment["conditions"]:
        attribute = registry.get(condition["attribute"])
        if attribute is None:
            raise ChurnError(
                f"named segment {segment['segment_id']}: there is no attribute "
                f"{condition['attribute']}; known are {', '.join(registry)}"
            )
        if condition.get("high"):
            threshold = _quantile(quantiles, attribute["name"], settings["high_quantile"])
            if threshold is None:
                return None
            conditions.append(
                rules.interval(
                    attribute,
                    threshold,
                    None,
                    # Three digits can be said aloud; rule_sql has the exact threshold.
                    words=f"above {_number(float(f'{threshold:.3g}'), attribute.get('unit'))}",
                    excludes_lower=True,
                )
            )
        elif "value" in condition and attribute["type"] in ("number", "integer"):
            wanted = condition["value"]
            conditions.append(
                rules.interval(attribute, wanted, wanted, words=f"{wanted}", includes_upper=True)
            )
        elif "value" in condition:
            # YAML reads yes and no as booleans.
            wanted = {True: "yes", False: "no"}.get(condition["value"], condition["value"])
            conditions.append(rules.value(attribute, str(wanted)))
        elif "from" in condition and "to" in condition:
            lower, upper = condition["from"], condition["to"]
            conditions.append(
                rules.interval(
                    attribute, lower, upper, words=f"{lower}-{upper}", includes_upper=True
                )
            )
        else:
            raise ChurnError(
                f"named segment {segment['segment_id']}: a condition on "
                f"{condition['attribute']} needs a value, from and to, or high"
            )
    return _segment(segment["segment_id"], segment["name"], tuple(conditions), "named")


def _quantile(
    quantiles: Sequence[Mapping[str, Any]], attribute: str, probability: float
) -> float | None:
    for row in quantiles:
        if row["attribute"] == attribute and abs(float(row["probability"]) - probability) < 1e-9:
            return None if row["value"] is None else float(row["value"])
    raise ChurnError(f"{attribute} has no quantiles; only ordered attributes can be high")


def _segment(
    segment_id: str, name: str, conditions: tuple[rules.Condition, ...], origin: str
) -> dict[str, Any]:
    return {
        "segment_id": segment_id,
        "name": name,
        "rule": rules.rule_words(conditions),
        "rule_sql": rules.rule_sql(conditions),
        "origin": origin,
        "direction": "leaving",
    }
