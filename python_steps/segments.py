"""From the churn cube to the rules of segments."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import md5
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from python_steps import segment_rules as rules
from python_steps.errors import ChurnError
from python_steps.segment_rules import DIRECTIONS, Direction
from python_steps.segment_search import (
    LARGEST_SUMS,
    OBJECTIVES,
    Axis,
    Candidate,
    Limits,
    ListRules,
    Sums,
    Weights,
    Within,
    conjunction_count,
    frontier,
    interval_selectors,
    members,
    select_segments,
    sums_size,
)

FOLDS = ("discovery", "confirmation")
TEXT_COLUMNS = ["segment_id", "name", "name_ru", "rule", "rule_ru", "rule_sql", "origin"]
TEXT_COLUMNS += ["direction", "bands"]
COUNT_COLUMNS = ["discovery_customers", "discovery_churned"]
COUNT_COLUMNS += ["confirmation_customers", "confirmation_churned"]
# Each class of sizes of the frontier begins at this many times the last one.
FRONTIER_STEP = sqrt(2)
# Sums of money in doubles are exact below this many units (see Weights).
MONEY_UNITS = 2.0**32


@dataclass(frozen=True)
class Cells:
    """The churn cube as the search reads it.

    Attributes:
        axes: the attributes that have conditions.
        band_orders: by attribute, the bands that occur, in the order of the axis' bands.
        discovery, confirmation: what the cells hold of each half.
    """

    axes: Sequence[Axis[rules.Condition]]
    band_orders: Mapping[str, NDArray[np.int64]]
    discovery: Weights
    confirmation: Weights

    @cached_property
    def customers(self) -> NDArray[np.float64]:
        """The customers of both halves, shape (cells,)."""
        return self.discovery.customers + self.confirmation.customers

    @classmethod
    def of(
        cls,
        table: pd.DataFrame,
        bands: Sequence[Mapping[str, Any]],
        settings: Mapping[str, Any],
    ) -> "Cells":
        """The cells of ``int_segment_cells`` and the bands of ``int_bands``.

        Balances are read only where one of the ``segment_objectives`` counts them.
        """
        attributes = settings["attributes"]
        orders = {
            attribute["name"]: table[f"{attribute['name']}_band_order"].to_numpy()
            for attribute in attributes
        }
        occurring = {name: np.unique(order) for name, order in orders.items()}
        axes = [
            _axis(attribute, orders[attribute["name"]], occurring[attribute["name"]], bands)
            for attribute in attributes
        ]
        counts_money = "lost_balance" in settings["segment_objectives"]
        balances = [f"{fold}_balance" for fold in FOLDS] if counts_money else []
        # In hundredths, or coarser where there are too many of them.
        unit = max(float(table[balances].clip(lower=0).sum().sum()) / MONEY_UNITS, 0.01)

        def half(fold: str) -> Weights:
            customers = table[f"{fold}_customers"].to_numpy(float)
            churned = table[f"{fold}_churned"].to_numpy(float)
            if not counts_money:
                return Weights(customers, churned)
            # An overdraft is no balance to lose, and a part is no more than the whole.
            balance = table[f"{fold}_balance"].to_numpy(float).clip(min=0)
            lost = table[f"{fold}_lost_balance"].to_numpy(float).clip(0, balance)
            return Weights(customers, churned, np.floor(balance / unit), np.floor(lost / unit))

        return cls(
            [axis for axis in axes if len(axis.names)],
            occurring,
            half("discovery"),
            half("confirmation"),
        )


def find_risk_segments(
    table: pd.DataFrame,
    bands: Sequence[Mapping[str, Any]],
    quantiles: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """The rules of the listed segments, discovered and named, and of the frontier.

    Args:
        table: ``int_segment_cells``.
        bands: rows of ``int_bands``.
        quantiles: rows of ``int_attribute_quantiles``.
        settings: the dbt vars that the model passes on.

    Returns:
        A row per rule: ``TEXT_COLUMNS`` (``bands`` has the selected bands as JSON, empty for
        named segments), ``COUNT_COLUMNS`` (missing for named ones, whose bounds lie within
        bands), ``search_rank`` (the place in the list, which has the leaving segments by
        sharpness, then the named, then the loyal ones; missing for rules of the frontier only)
        and ``frontier_order`` (1 for the largest rule of its direction's frontier; missing for
        rules of the list only).

    Raises:
        ChurnError: a var has a value without a meaning, or the bands are too many to search.
    """
    refuse_wrong_settings(settings)
    cells = Cells.of(table, bands, settings)
    _refuse_too_many(cells.axes, settings)
    limits = limits_of(cells, settings)
    sizes = [limits.min_customers]
    while sizes[-1] * FRONTIER_STEP < cells.discovery.customers.sum():
        sizes.append(sizes[-1] * FRONTIER_STEP)
    sums = Sums.of(cells.axes, cells.discovery, settings["max_conditions"], cells.customers)

    best, lists = {}, {}
    for direction in DIRECTIONS:
        within = Within(sums, limits, direction)
        best[direction] = frontier(within, sizes=sizes)
        lists[direction] = [_discovered(cells, one, direction) for one in listed(within, settings)]
    named = [_named(segment, quantiles, settings) for segment in settings["named_segments"]]
    found = [*lists["leaving"], *(one for one in named if one is not None), *lists["loyal"]]
    for rank, row in enumerate(found, start=1):
        row["search_rank"] = rank
    known = {row["rule_sql"]: row for rows in lists.values() for row in rows}
    for direction in DIRECTIONS:
        for order, one in enumerate(best[direction], start=1):
            row = _discovered(cells, one, direction)
            row = known.setdefault(row["rule_sql"], row)
            row["frontier_order"] = order
            if "search_rank" not in row:
                found.append(row)
    _make_ids_unique(found)
    # Without a row, a table would not know what its columns hold.
    numbers = [*COUNT_COLUMNS, "search_rank", "frontier_order"]
    segments = pd.DataFrame(found, columns=[*TEXT_COLUMNS, *numbers])
    return segments.astype(dict.fromkeys(TEXT_COLUMNS, str) | dict.fromkeys(numbers, "Int64"))


def listed(within: Within, settings: Mapping[str, Any]) -> list[Candidate]:
    """The list of discovered segments of one direction, as the settings want it."""
    limit = "segment_limit" if within.direction == "leaving" else "loyal_segment_limit"
    list_rules = ListRules(
        objectives=settings["segment_objectives"],
        limit=settings[limit],
        max_jaccard=settings["segment_max_jaccard"],
        alpha=settings["alpha"],
    )
    return select_segments(within, list_rules)


def limits_of(cells: Cells, settings: Mapping[str, Any]) -> Limits:
    """What a discovered segment must be: the search sees half and asks for half the customers."""
    everyone = float(cells.customers.sum())
    smallest = max(settings["segment_min_customers"], settings["segment_min_share"] * everyone)
    return Limits(
        min_customers=smallest / 2,
        min_lift=settings["segment_min_lift"],
        condition_cost=settings["segment_condition_cost"],
    )


def covered_cells(cells: Cells, selected_bands: str) -> NDArray[np.bool_]:
    """Which cells a discovered segment covers, by its column ``bands``; shape (cells,)."""
    covered = np.ones(len(cells.customers), dtype=bool)
    selected = json.loads(selected_bands)
    for axis in cells.axes:
        if axis.attribute in selected:
            inside = np.isin(cells.band_orders[axis.attribute], selected[axis.attribute])
            covered &= inside[axis.codes]
    return covered


def refuse_wrong_settings(settings: Mapping[str, Any]) -> None:
    """Stop where a var of the search has no meaning.

    Raises:
        ChurnError: with every mistake.
    """
    mistakes = []

    def need(var: str, is_right: Callable[[Any], bool], what: str) -> None:
        if isinstance(settings[var], bool) or not is_right(settings[var]):
            mistakes.append(f"{var} is {settings[var]!r}; it must be {what}")

    def number(low: float, high: float) -> Callable[[Any], bool]:
        return lambda value: isinstance(value, int | float) and low <= value <= high

    def whole(low: int, high: int) -> Callable[[Any], bool]:
        return lambda value: isinstance(value, int) and low <= value <= high

    need("max_conditions", whole(1, 4), "a whole number from 1 to 4")
    need("segment_min_customers", number(1, np.inf), "a number of customers, at least 1")
    need("segment_min_share", number(0, 1), "a share from 0 to 1")
    need("segment_min_lift", number(1, np.inf), "a number, at least 1")
    need("segment_condition_cost", lambda value: number(0, 1)(value) and value < 1, "a share")
    need("max_conjunctions", whole(1, 10**12), "a whole number, at least 1")
    need("high_quantile", number(0, 1), "a share from 0 to 1")
    need("segment_splits", whole(0, 10**6), "a whole number, at least 0")
    need("segment_permutations", whole(0, 10**6), "a whole number, at least 0")
    need("segment_limit", whole(0, 1000), "a whole number from 0 to 1000")
    need("loyal_segment_limit", whole(0, 1000), "a whole number from 0 to 1000")
    need("segment_max_jaccard", number(0, 1), "a share from 0 to 1")
    need("alpha", number(0, 1), "a probability from 0 to 1")
    need(
        "segment_objectives",
        lambda value: isinstance(value, list) and bool(value) and set(value) <= set(OBJECTIVES),
        f"a list of some of {', '.join(OBJECTIVES)}",
    )
    if mistakes:
        raise ChurnError("\n".join([*mistakes, "Change these vars in dbt_project.yml."]))


def _refuse_too_many(axes: Sequence[Axis[Any]], settings: Mapping[str, Any]) -> None:
    """Stop before a search that would take hours or all memory."""
    most = settings["max_conditions"]
    count, limit = conjunction_count(axes, most), settings["max_conjunctions"]
    combinations = sums_size(axes, most)
    if count <= limit and combinations <= LARGEST_SUMS:
        return
    widest = max(axes, key=lambda axis: len(axis.selectors))
    raise ChurnError(
        f"The search would look at {count:,} conjunctions of up to {most} conditions; "
        f"max_conjunctions allows {limit:,}. They are of {combinations:,} combinations of bands; "
        f"there may be {LARGEST_SUMS:,}. {widest.attribute} alone offers "
        f"{len(widest.selectors):,} conditions. Give attributes fewer bands, or lower "
        "max_conditions, in dbt_project.yml."
    )


def _axis(
    attribute: Mapping[str, Any],
    band_orders: NDArray[np.int64],
    occurring: NDArray[np.int64],
    bands: Sequence[Mapping[str, Any]],
) -> Axis[rules.Condition]:
    """The bands that occur, and every condition on them that says something."""
    by_order = {
        band["band_order"]: band for band in bands if band["attribute"] == attribute["name"]
    }
    own = [by_order[order] for order in occurring.tolist()]
    present = [place for place, band in enumerate(own) if band["band_kind"] != "missing"]
    has_missing = len(present) < len(own)
    names: list[rules.Condition] = []
    covered: list[list[int]] = []
    if attribute["type"] in ("number", "integer"):
        for first, last in interval_selectors(len(present), has_missing=has_missing):
            lower, upper = own[present[first]]["lower_bound"], own[present[last]]["upper_bound"]
            names.append(rules.interval(attribute, lower, upper))
            covered.append(present[first : last + 1])
    elif len(own) > 1:
        for place in present:
            if own[place]["band_kind"] == "value":
                names.append(rules.value(attribute, own[place]["value"]))
                covered.append([place])
    if has_missing and present:
        names.append(rules.missing(attribute))
        covered.append([place for place in range(len(own)) if place not in present])
    # Values that differ in case or punctuation only have the same slug.
    slugs = Counter(name.slug for name in names)
    names = [
        replace(name, slug=f"{name.slug}_{md5(name.sql.encode()).hexdigest()[:8]}")
        if slugs[name.slug] > 1
        else name
        for name in names
    ]
    selectors = np.zeros((len(names), len(own)))
    for row, columns in enumerate(covered):
        selectors[row, columns] = 1
    codes = np.searchsorted(occurring, band_orders)
    # Small numbers are compared faster.
    codes = codes.astype(np.min_scalar_type(len(own)))
    return Axis(attribute["name"], codes, selectors, tuple(names))


def _discovered(cells: Cells, found: Candidate, direction: Direction) -> dict[str, Any]:
    """A row of the result for a conjunction of the search."""
    axes = [(cells.axes[axis], selector) for axis, selector in found.selectors]
    conditions = [axis.names[selector] for axis, selector in axes]
    bands = {
        axis.attribute: cells.band_orders[axis.attribute][axis.selectors[selector] == 1].tolist()
        for axis, selector in axes
    }
    cover = members(cells.axes, found.selectors)
    return {
        **_words(rules.rule_id(conditions), conditions),
        "origin": "discovered",
        "direction": direction,
        "bands": json.dumps(bands),
        "discovery_customers": found.customers,
        "discovery_churned": found.churned,
        "confirmation_customers": int(cells.confirmation.customers[cover].sum()),
        "confirmation_churned": int(cells.confirmation.churned[cover].sum()),
    }


def _words(segment_id: str, conditions: Sequence[rules.Condition]) -> dict[str, Any]:
    return {
        "segment_id": segment_id,
        "name": rules.segment_name(conditions, "en"),
        "name_ru": rules.segment_name(conditions, "ru"),
        "rule": rules.rule_words(conditions, "en"),
        "rule_ru": rules.rule_words(conditions, "ru"),
        "rule_sql": rules.rule_sql(conditions),
    }


def _make_ids_unique(rows: Sequence[dict[str, Any]]) -> None:
    """Two named segments may have been given one id."""
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row["segment_id"]] += 1
        if seen[row["segment_id"]] > 1:
            row["segment_id"] += f"__{seen[row['segment_id']]}"


def _named(
    segment: Mapping[str, Any],
    quantiles: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
) -> dict[str, Any] | None:
    """A named segment, or None where "high" means nothing because its attribute has no values."""
    registry = {attribute["name"]: attribute for attribute in settings["attributes"]}
    called = f"named segment {segment.get('segment_id', segment)}"
    for key in ("segment_id", "name", "conditions"):
        if not segment.get(key):
            raise ChurnError(f"{called} has no {key}; add it to named_segments in dbt_project.yml")
    direction = segment.get("direction", "leaving")
    if direction not in DIRECTIONS:
        raise ChurnError(f"{called}: direction {direction} must be {' or '.join(DIRECTIONS)}")
    conditions = []
    for condition in segment["conditions"]:
        attribute = registry.get(condition["attribute"])
        if attribute is None:
            raise ChurnError(
                f"{called}: there is no attribute "
                f"{condition['attribute']}; known are {', '.join(registry)}"
            )
        if condition.get("high"):
            threshold = _quantile(quantiles, attribute["name"], settings["high_quantile"])
            if threshold is None:
                return None
            conditions.append(rules.interval(attribute, threshold, None, excludes_lower=True))
        elif "value" in condition and attribute["type"] in ("number", "integer"):
            wanted = condition["value"]
            conditions.append(rules.interval(attribute, wanted, wanted, includes_upper=True))
        elif "value" in condition:
            # YAML reads yes and no as booleans.
            wanted = {True: "yes", False: "no"}.get(condition["value"], condition["value"])
            conditions.append(rules.value(attribute, str(wanted)))
        elif "from" in condition and "to" in condition:
            lower, upper = condition["from"], condition["to"]
            if lower > upper:
                raise ChurnError(
                    f"{called}: {condition['attribute']} cannot be "
                    f"from {lower} to {upper}; put the smaller number first"
                )
            conditions.append(rules.interval(attribute, lower, upper, includes_upper=True))
        else:
            raise ChurnError(
                f"{called}: a condition on {condition['attribute']} needs a value, from and to, or "
                "high"
            )
    return {
        **_words(segment["segment_id"], conditions),
        "name": segment["name"],
        "name_ru": segment.get("name_ru") or rules.segment_name(conditions, "ru"),
        "origin": "named",
        "direction": direction,
        "bands": "",
    }


def _quantile(
    quantiles: Sequence[Mapping[str, Any]], attribute: str, probability: float
) -> float | None:
    for row in quantiles:
        if row["attribute"] == attribute and abs(float(row["probability"]) - probability) < 1e-9:
            return None if row["value"] is None else float(row["value"])
    raise ChurnError(f"{attribute} has no quantiles; only ordered attributes can be high")
