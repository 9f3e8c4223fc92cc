"""From the churn cube to the rules of segments."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import pandas as pd

from python_steps.common.attributes import ORDERED_TYPES
from python_steps.common.conditions import Condition, capitalised, interval, value
from python_steps.common.errors import ChurnError
from python_steps.segments import rules
from python_steps.segments.axes import members
from python_steps.segments.cells import Cells, limits_of
from python_steps.segments.extent import searched_choices
from python_steps.segments.frontier import frontier
from python_steps.segments.options import refuse_wrong_settings
from python_steps.segments.rules import DIRECTIONS, Direction
from python_steps.segments.search import Candidate, Within
from python_steps.segments.selection import ListRules, select_segments
from python_steps.segments.sums import Sums

TEXT_COLUMNS = ["segment_id", "name", "name_ru", "rule", "rule_ru", "rule_sql", "conditions"]
TEXT_COLUMNS += ["origin", "direction", "bands"]
COUNT_COLUMNS = ["discovery_customers", "discovery_churned"]
COUNT_COLUMNS += ["confirmation_customers", "confirmation_churned"]
# Each class of sizes of the frontier begins at this many times the last one.
FRONTIER_STEP = sqrt(2)


def find_risk_segments(
    table: pd.DataFrame,
    bands: Sequence[Mapping[str, Any]],
    quantiles: Sequence[Mapping[str, Any]],
    extent: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """The rules of the listed segments, discovered and named, and of the frontier.

    Args:
        table: ``int_segment_cells``.
        bands: rows of ``int_bands``.
        quantiles: rows of ``int_attribute_quantiles``.
        extent: rows of ``int_search_extent``.
        settings: the dbt vars that the model passes on.

    Returns:
        A row per rule: ``TEXT_COLUMNS`` (``bands`` has the selected bands as JSON, empty for
        named segments; ``conditions`` has each condition's SQL and words as JSON),
        ``COUNT_COLUMNS`` (missing for named ones, whose bounds lie within bands),
        ``search_rank`` (the place in the list, which has the leaving segments by
        sharpness, then the named, then the loyal ones; missing for rules of the frontier only)
        and ``frontier_order`` (1 for the largest rule of its direction's frontier; missing for
        rules of the list only).

    Raises:
        ChurnError: a var has a value without a meaning.
    """
    refuse_wrong_settings(settings)
    cells = Cells.of(table, bands, settings)
    limits = limits_of(cells, settings)
    sizes = [limits.min_customers]
    while sizes[-1] * FRONTIER_STEP < cells.discovery.customers.sum():
        sizes.append(sizes[-1] * FRONTIER_STEP)
    choices = searched_choices(extent, cells.axes)
    sums = Sums.of(
        cells.axes, cells.discovery, settings["max_conditions"], cells.customers, choices
    )

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


def _words(segment_id: str, conditions: Sequence[Condition]) -> dict[str, Any]:
    return {
        "segment_id": segment_id,
        "name": rules.segment_name(conditions, "en"),
        "name_ru": rules.segment_name(conditions, "ru"),
        "rule": rules.rule_words(conditions, "en"),
        "rule_ru": rules.rule_words(conditions, "ru"),
        "rule_sql": rules.rule_sql(conditions),
        "conditions": json.dumps(
            [
                {
                    "sql": one.sql,
                    "rule": capitalised(one.words["en"].rule),
                    "rule_ru": capitalised(one.words["ru"].rule),
                }
                for one in conditions
            ]
        ),
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
            raise ChurnError(f"{called} has no {key}; add it to named_segments in vars.yml")
    direction = segment.get("direction", "leaving")
    if direction not in DIRECTIONS:
        raise ChurnError(f"{called}: direction {direction} must be {' or '.join(DIRECTIONS)}")
    conditions: list[Condition] = []
    for condition in segment["conditions"]:
        attribute = registry.get(condition["attribute"])
        if attribute is None:
            raise ChurnError(
                f"{called}: there is no attribute "
                f"{condition['attribute']}; known are {', '.join(registry)}"
            )
        if condition.get("high"):
            threshold = _quantile(quantiles, attribute, settings["high_quantile"])
            if threshold is None:
                return None
            conditions.append(interval(attribute, threshold, None, excludes_lower=True))
        elif "value" in condition and attribute["type"] in ("number", "integer"):
            wanted = condition["value"]
            conditions.append(interval(attribute, wanted, wanted, includes_upper=True))
        elif "value" in condition:
            # YAML reads yes and no as booleans.
            wanted = {True: "yes", False: "no"}.get(condition["value"], condition["value"])
            conditions.append(value(attribute, str(wanted)))
        elif "from" in condition and "to" in condition:
            lower, upper = condition["from"], condition["to"]
            if lower > upper:
                raise ChurnError(
                    f"{called}: {condition['attribute']} cannot be "
                    f"from {lower} to {upper}; put the smaller number first"
                )
            conditions.append(interval(attribute, lower, upper, includes_upper=True))
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
    quantiles: Sequence[Mapping[str, Any]], attribute: Mapping[str, Any], probability: float
) -> float | None:
    """A quantile of an ordered attribute; None where it has no values."""
    name = attribute["name"]
    if attribute["type"] not in ORDERED_TYPES:
        raise ChurnError(f"{name} has no quantiles; only ordered attributes can be high")
    for row in quantiles:
        if row["attribute"] == name and abs(float(row["probability"]) - probability) < 1e-9:
            return None if row["value"] is None else float(row["value"])
    return None
