"""The registry of hypotheses: from the configuration to single comparisons of two groups."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from typing import Any

import pandas as pd

from python_steps.common import conditions
from python_steps.common.attributes import ORDERED_TYPES, OUTCOME, mentioned
from python_steps.common.errors import ChurnError, nearest

LEFT = {"name": "those who left", "name_ru": "ушедшие", "where": "has_churned"}
STAYED = {"name": "those who stayed", "name_ru": "оставшиеся", "where": "not has_churned"}
EVERYBODY = {"name": "", "where": "true"}
# What each method compares, in the words of an error message.
METHODS = {
    "welch_t": "a number",
    "mann_whitney_u": "a number",
    "kolmogorov_smirnov": "a number",
    "chi_square": "any attribute, or has_churned",
    "two_proportion_z": "has_churned, or a boolean attribute",
    "fisher_exact": "has_churned, or a boolean attribute",
}
OF_RATES = ("two_proportion_z", "fisher_exact")
TWO_SIDED_ONLY = ("chi_square", "kolmogorov_smirnov")
ALTERNATIVES = ("two_sided", "greater", "less")
KEYS = (
    "hypothesis_id", "question", "question_ru", "metric", "method", "alternative", "group_a",
    "group_b", "within", "margin", "if_empty", "for_each", "for_each_pair_of",
)  # fmt: skip
GROUP_KEYS = ("name", "where")
OPTIONAL_GROUP_KEYS = ("name_ru",)
WHERE_TO_CHANGE = "Change hypotheses in vars.yml."


@dataclass(frozen=True)
class Hypothesis:
    """One hypothesis about two groups of customers.

    Attributes:
        hypothesis_id, question: its name and what is asked.
        metric, metric_label: the compared column and how people call it.
        method: the test.
        alternative: what is said of the first group: ``two_sided``, ``greater`` or ``less``.
        group_a, group_b, within: the names of the groups, and of what both are part of.
        condition_a, condition_b, condition_within: the same as SQL over the customers.
        question_ru, group_a_ru, group_b_ru, within_ru: in Russian; the English ones where the
            registry has none.
        margin: the effect below which a difference does not matter.
        margin_is_relative: it is a part of the rate of both groups together, not a difference.
        if_empty: ``stop`` where a group without customers is a mistake, ``report`` where it can be.
    """

    hypothesis_id: str
    question: str
    metric: str
    metric_label: str
    method: str
    alternative: str
    group_a: str
    group_b: str
    within: str
    question_ru: str
    group_a_ru: str
    group_b_ru: str
    within_ru: str
    condition_a: str
    condition_b: str
    condition_within: str
    margin: float
    margin_is_relative: bool
    if_empty: str


@dataclass
class _Mistakes:
    found: list[str] = field(default_factory=list)

    def add(self, hypothesis_id: str, message: str) -> None:
        self.found.append(f"hypothesis {hypothesis_id}: {message}")


def read_hypotheses(
    registry: Sequence[Mapping[str, Any]],
    attributes: Sequence[Mapping[str, Any]],
    bands: Sequence[Mapping[str, Any]],
    margins: Mapping[str, float],
    max_paired_values: int,
) -> list[Hypothesis]:
    """Expand and check the registry.

    Args:
        registry: the var ``hypotheses``.
        attributes: the var ``attributes``.
        bands: rows of ``int_bands``, for the values of nominal attributes, most frequent first.
        margins: the default margin of each method.
        max_paired_values: how many values of an attribute are paired at most.

    Returns:
        The hypotheses in the order of the registry.

    Raises:
        ChurnError: the registry has mistakes; the message names each with its remedy.
    """
    if not isinstance(registry, list | tuple):
        raise ChurnError(f"hypotheses must be a list; an empty one is []. {WHERE_TO_CHANGE}")
    mistakes = _Mistakes()
    hypotheses: list[Hypothesis] = []
    known = {attribute["name"]: attribute for attribute in attributes}
    for place, entry in enumerate(registry, start=1):
        if not isinstance(entry, Mapping):
            mistakes.add(f"number {place}", "is no list of keys and values.")
            continue
        name = str(entry.get("hypothesis_id") or f"number {place}")
        if not _has_its_keys(name, entry, mistakes):
            continue
        for single in _expand(name, entry, known, bands, max_paired_values, mistakes):
            hypothesis = _check(single, known, margins, mistakes)
            if hypothesis is not None:
                hypotheses.append(hypothesis)
    seen: set[str] = set()
    for hypothesis in hypotheses:
        if hypothesis.hypothesis_id in seen:
            mistakes.add(hypothesis.hypothesis_id, "its hypothesis_id occurs twice. Rename one.")
        seen.add(hypothesis.hypothesis_id)
    if mistakes.found:
        raise ChurnError("\n".join([*dict.fromkeys(mistakes.found), WHERE_TO_CHANGE]))
    return hypotheses


def refuse_wrong_conditions(
    hypotheses: Sequence[Hypothesis], problem: Callable[[str], str]
) -> None:
    """Check the conditions of all groups.

    Args:
        hypotheses: what :func:`read_hypotheses` returned.
        problem: what keeps a text from being a condition over the customers, or nothing.

    Raises:
        ChurnError: conditions name columns that do not exist, or are no conditions.
    """
    mistakes = _Mistakes()
    said: dict[str, str] = {}
    for one in hypotheses:
        for key, condition in (
            ("group_a", one.condition_a),
            ("group_b", one.condition_b),
            ("within", one.condition_within),
        ):
            if condition not in said:
                said[condition] = problem(condition)
            if said[condition]:
                mistakes.add(one.hypothesis_id, f"{key}, where {condition}: {said[condition]}.")
    if mistakes.found:
        raise ChurnError("\n".join([*mistakes.found, WHERE_TO_CHANGE]))


def hypothesis_table(hypotheses: Sequence[Hypothesis]) -> pd.DataFrame:
    """The hypotheses as rows of ``int_hypotheses``.

    Hypotheses that compare the same metric of the same groups share a ``comparison``, so that its
    sums are computed once.
    """
    numbers: dict[tuple[str, ...], int] = {}
    rows = []
    for order, one in enumerate(hypotheses, start=1):
        key = (one.metric, one.condition_a, one.condition_b, one.condition_within)
        rows.append(
            {
                "hypothesis_order": order,
                "comparison": numbers.setdefault(key, len(numbers) + 1),
                **one.__dict__,
            }
        )
    texts = [name for name, kind in Hypothesis.__annotations__.items() if kind is str]
    columns = ["hypothesis_order", "comparison", *Hypothesis.__annotations__]
    # Without a row, a table would not know what its columns hold.
    types: dict[str, type] = {
        **dict.fromkeys(texts, str),
        "hypothesis_order": int,
        "comparison": int,
        "margin": float,
        "margin_is_relative": bool,
    }
    return pd.DataFrame(rows, columns=columns).astype(types)


def of_outcome(hypothesis: Mapping[str, Any]) -> bool:
    """Whether those who left are compared with those who stayed, without a filter of the user."""
    return bool(
        hypothesis["condition_a"] == LEFT["where"] and hypothesis["condition_b"] == STAYED["where"]
    )


def _has_its_keys(name: str, entry: Mapping[str, Any], mistakes: _Mistakes) -> bool:
    before = len(mistakes.found)
    for key in entry:
        if key not in KEYS:
            mistakes.add(name, f"there is no key {key}{nearest(key, KEYS)}.")
    for key in ("hypothesis_id", "question", "metric", "method"):
        if not entry.get(key) and not (key == "metric" and "for_each" in entry):
            mistakes.add(name, f"{key} is missing.")
    for key in ("group_a", "group_b", "within"):
        group = entry.get(key)
        if group is None:
            continue
        if not isinstance(group, Mapping) or (
            set(group) - set(OPTIONAL_GROUP_KEYS) != set(GROUP_KEYS)
        ):
            mistakes.add(name, f"{key} needs just a name and a where, and may have a name_ru.")
    if ("group_a" in entry) != ("group_b" in entry):
        mistakes.add(name, "has one group; give group_a and group_b, or none for left and stayed.")
    return len(mistakes.found) == before


def _expand(
    name: str,
    entry: Mapping[str, Any],
    known: Mapping[str, Mapping[str, Any]],
    bands: Sequence[Mapping[str, Any]],
    max_paired_values: int,
    mistakes: _Mistakes,
) -> Iterator[dict[str, Any]]:
    """One entry for each attribute or pair of values that it stands for."""
    if "for_each" in entry:
        kinds = {"number": ORDERED_TYPES, "text": ("text",), "boolean": ("boolean",)}
        wanted = kinds.get(entry["for_each"])
        if wanted is None and entry["for_each"] != "attribute":
            options = ("attribute", *kinds)
            mistakes.add(
                name,
                f"for_each is {entry['for_each']}{nearest(entry['for_each'], options)}; "
                f"it can be {', '.join(options)}.",
            )
            return
        for attribute in known.values():
            if wanted is None or attribute["type"] in wanted:
                yield _filled(
                    {**entry, "metric": attribute["name"]},
                    {"attribute": attribute["name"]},
                    attribute,
                )
    elif "for_each_pair_of" in entry:
        attribute = known.get(entry["for_each_pair_of"], {})
        if attribute.get("type") != "text":
            texts = [one for one, of in known.items() if of["type"] == "text"]
            mistakes.add(
                name,
                f"for_each_pair_of is {entry['for_each_pair_of']}"
                f"{nearest(entry['for_each_pair_of'], texts)}; it can be {', '.join(texts)}.",
            )
            return
        values = [
            band["value"]
            for band in sorted(bands, key=lambda band: band["band_order"])
            if band["attribute"] == attribute["name"] and band["band_kind"] == "value"
        ]
        seen: dict[str, int] = {}
        for a, b in combinations(values[:max_paired_values], 2):
            groups = {
                key: {
                    "name": f"{attribute['label']} {value}",
                    "name_ru": f"{conditions.label(attribute, 'ru')} {value}",
                    "where": conditions.value(attribute, value).sql,
                }
                for key, value in (("group_a", a), ("group_b", b))
            }
            pair = _filled({**entry, **groups}, {"a": a, "b": b}, attribute)
            pair["hypothesis_id"] = conditions.identifier(pair["hypothesis_id"])
            # Values that differ in case or punctuation only make the same id.
            seen[pair["hypothesis_id"]] = seen.get(pair["hypothesis_id"], 0) + 1
            if seen[pair["hypothesis_id"]] > 1:
                pair["hypothesis_id"] += f"__{seen[pair['hypothesis_id']]}"
            yield pair
    else:
        yield dict(entry)


def _filled(
    entry: dict[str, Any], values: Mapping[str, str], attribute: Mapping[str, Any]
) -> dict[str, Any]:
    """The entry with {names} in its id and questions replaced, all at once."""
    for key, language in (("hypothesis_id", "en"), ("question", "en"), ("question_ru", "ru")):
        known = {"label": conditions.label(attribute, language), **values}
        pattern = re.compile("|".join(re.escape(f"{{{name}}}") for name in known))
        if key in entry:
            entry[key] = pattern.sub(partial(_replacement, known), str(entry[key]))
    return entry


def _replacement(known: Mapping[str, str], found: re.Match[str]) -> str:
    return known[found[0][1:-1]]


def _check(
    entry: Mapping[str, Any],
    known: Mapping[str, Mapping[str, Any]],
    margins: Mapping[str, float],
    mistakes: _Mistakes,
) -> Hypothesis | None:
    before = len(mistakes.found)
    name, metric, method = str(entry["hypothesis_id"]), entry["metric"], entry["method"]
    alternative = entry.get("alternative", "two_sided")
    if_empty = entry.get("if_empty", "stop")
    margin = entry.get("margin", margins.get(method))
    if method not in METHODS:
        mistakes.add(
            name,
            f"there is no method {method}{nearest(method, METHODS)}; "
            f"it can be {', '.join(METHODS)}.",
        )
    if metric != OUTCOME and metric not in known:
        mistakes.add(
            name,
            f"there is no metric {metric}{nearest(metric, [*known, OUTCOME])}; it can be "
            f"{', '.join([*known, OUTCOME])}.",
        )
    elif method in METHODS and not _fits(method, known.get(metric, {"type": "boolean"})["type"]):
        mistakes.add(
            name, f"{method} compares {METHODS[method]}; {metric} is {_kind(known, metric)}."
        )
    if metric == OUTCOME and "group_a" not in entry:
        mistakes.add(
            name, "group_a and group_b are missing; without them those who left and stayed "
            "would be compared by whether they left."
        )  # fmt: skip
    if metric == OUTCOME and mentioned(entry.get("within", EVERYBODY)["where"], [OUTCOME]):
        mistakes.add(
            name, f"within is {entry['within']['where']}, which decides {OUTCOME} itself. Name "
            "what both groups are part of, or another metric."
        )  # fmt: skip
    if alternative not in ALTERNATIVES:
        mistakes.add(name, f"alternative is {alternative}; it can be {', '.join(ALTERNATIVES)}.")
    elif alternative != "two_sided" and method in TWO_SIDED_ONLY:
        mistakes.add(name, f"{method} is two_sided only.")
    if if_empty not in ("stop", "report"):
        mistakes.add(name, f"if_empty is {if_empty}; it can be stop or report.")
    is_margin = isinstance(margin, int | float) and not isinstance(margin, bool) and margin > 0
    if method in METHODS and not is_margin:
        mistakes.add(name, f"margin is {margin}; it must be a number above 0.")
    if len(mistakes.found) > before:
        return None
    group_a, group_b = entry.get("group_a", LEFT), entry.get("group_b", STAYED)
    within = entry.get("within", EVERYBODY)
    return Hypothesis(
        hypothesis_id=name,
        question=str(entry["question"]),
        metric=metric,
        metric_label="churn" if metric == OUTCOME else known[metric]["label"],
        method=method,
        alternative=alternative,
        group_a=str(group_a["name"]),
        group_b=str(group_b["name"]),
        within=str(within["name"]),
        question_ru=str(entry.get("question_ru", entry["question"])),
        group_a_ru=str(group_a.get("name_ru", group_a["name"])),
        group_b_ru=str(group_b.get("name_ru", group_b["name"])),
        within_ru=str(within.get("name_ru", within["name"])),
        condition_a=str(group_a["where"]),
        condition_b=str(group_b["where"]),
        condition_within=str(within["where"]),
        margin=float(str(margin)),
        margin_is_relative=method in OF_RATES and "margin" not in entry,
        if_empty=if_empty,
    )


def _fits(method: str, metric_type: str) -> bool:
    if method == "chi_square":
        return True
    if method in OF_RATES:
        return metric_type == "boolean"
    return metric_type in ORDERED_TYPES


def _kind(known: Mapping[str, Mapping[str, Any]], metric: str) -> str:
    metric_type = known[metric]["type"] if metric in known else "boolean"
    return "an integer" if metric_type == "integer" else f"a {metric_type}"
