"""The family of hypotheses: tested on what SQL has summed, and corrected together."""

import math
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from python_steps.common.conditions import label
from python_steps.common.errors import ChurnError
from python_steps.statistics.caveats import Names, caveats, looks_of, which_comes_first
from python_steps.statistics.contingency import chi_square
from python_steps.statistics.corrections import benjamini_hochberg, holm
from python_steps.statistics.distributions import kolmogorov_smirnov, mann_whitney_u
from python_steps.statistics.hypotheses import EVERYBODY, OF_RATES, WHERE_TO_CHANGE, of_outcome
from python_steps.statistics.means import SKEWED, welch_t
from python_steps.statistics.outcome import NAN, Outcome
from python_steps.statistics.power import minimum_detectable_effect
from python_steps.statistics.proportions import fisher_exact, two_proportion_z
from python_steps.statistics.samples import Moments, Ranks
from python_steps.statistics.verdicts import conclusion, verdict

Row = Mapping[str, Any]

TEXTS = (
    "hypothesis_id", "question", "metric", "method", "alternative", "group_a", "group_b", "within",
    "question_ru", "group_a_ru", "group_b_ru", "within_ru", "condition_a", "condition_b",
    "condition_within", "p_value_kind", "effect_name", "effect_note", "conclusion", "caveat",
    "caveat_ru", "verdict",
)  # fmt: skip
# Of fewer values, or of values that are all equal, Welch's test says nothing.
MIN_GROUP = 10
WHOLE_NUMBERS = ("hypothesis_order", "n_a", "n_b")
NUMBERS = (
    *(name for name, kind in Outcome.__annotations__.items() if kind is float),
    "p_value_holm", "p_value_bh", "p_value_equivalence_holm", "minimum_detectable_effect",
)  # fmt: skip


@dataclass(frozen=True)
class _Comparison:
    """What SQL has summed about the groups of a hypothesis."""

    hypothesis: Row
    moments: Row
    ranks: Row
    bands: Sequence[Row]
    seed: int

    def group_moments(self, group: str) -> Moments:
        row = self.moments
        own = {
            name: row[f"{column}_{group}"]
            for name, column in {
                "count": "value_count",
                "total": "value_sum",
                "total_of_squares": "value_squares",
                "scaled_cubes": "scaled_cubes",
                "scaled_fourths": "scaled_fourths",
            }.items()
        }
        return Moments.of(**own, centre=row["centre"], scale=row["scale"])

    def group_ranks(self) -> Ranks:
        return Ranks(**{name: int(self.ranks.get(name) or 0) for name in Ranks.__annotations__})


def run_hypothesis_tests(
    hypotheses: Sequence[Row],
    moments: Sequence[Row],
    ranks: Sequence[Row],
    bands: Sequence[Row],
    strata: Sequence[Row],
    stratified_effects: Sequence[Row],
    band_names: Sequence[Row],
    attributes: Sequence[Row],
    alpha: float,
    seed: int,
) -> pd.DataFrame:
    """Test every hypothesis, correct over the whole family, and say what was found.

    Args:
        hypotheses: rows of ``int_hypotheses``.
        moments: rows of ``int_comparison_moments``.
        ranks: rows of ``int_comparison_ranks``.
        bands: rows of ``int_comparison_bands``.
        strata: rows of ``int_comparison_strata``.
        stratified_effects: rows of ``int_stratified_effects``.
        band_names: rows of ``int_bands`` with ``band_ru``.
        attributes: the var ``attributes``, for the labels.
        alpha: the family-wise error that Holm's correction holds.
        seed: what seeds simulated p-values, together with the hypothesis's id.

    Returns:
        A row per hypothesis with the columns of the ``hypothesis_tests`` mart.

    Raises:
        ChurnError: a group is empty, or a customer is in both groups.
    """
    moments_of = {row["comparison"]: row for row in moments}
    ranks_of = {row["comparison"]: row for row in ranks}
    bands_of: dict[int, list[Row]] = defaultdict(list)
    for row in bands:
        bands_of[row["comparison"]].append(row)
    ordered = sorted(hypotheses, key=lambda row: row["hypothesis_order"])
    _refuse_wrong_groups(ordered, moments_of)

    rows: list[dict[str, Any]] = []
    for one in ordered:
        number = one["comparison"]
        comparison = _Comparison(
            one, moments_of[number], ranks_of.get(number, {}), bands_of[number], seed
        )
        outcome, n_a, n_b = _METHODS[one["method"]](comparison)
        margin = outcome.margin if one["method"] in OF_RATES else one["margin"]
        rows.append({**one, "n_a": n_a, "n_b": n_b, **outcome.__dict__, "margin": margin})
    p_values = [row["p_value"] for row in rows]
    tested = sum(not math.isnan(p_value) for p_value in p_values)
    corrected = zip(
        holm(p_values),
        benjamini_hochberg(p_values),
        holm([row["p_value_equivalence"] for row in rows]),
        strict=True,
    )
    for row, (p_holm, p_bh, p_equivalence) in zip(rows, corrected, strict=True):
        row["p_value_holm"], row["p_value_bh"] = p_holm, p_bh
        row["p_value_equivalence_holm"] = p_equivalence
        row["minimum_detectable_effect"] = minimum_detectable_effect(row, alpha / max(1, tested))
        row["conclusion"] = conclusion(p_holm, p_equivalence, alpha)
    strata_of: dict[int, list[Row]] = defaultdict(list)
    for one in strata:
        strata_of[one["comparison"]].append(one)
    names = [
        Names(
            language,
            {one["name"]: label(one, language) for one in attributes},
            {(one["attribute"], one["band_order"]): one[column] for one in band_names},
        )
        for language, column in (("en", "band"), ("ru", "band_ru"))
    ]
    looks = looks_of(strata, stratified_effects)
    for row in rows:
        found = caveats(
            row, rows, strata_of[row["comparison"]], stratified_effects,
            [one["name"] for one in attributes], looks,
        )  # fmt: skip
        row["caveat"], row["caveat_ru"] = (
            " ".join(
                filter(
                    None,
                    [
                        *(one.words(own) for one in found),
                        which_comes_first(row, attributes, own.language),
                    ],
                )
            )
            for own in names
        )
        row["verdict"] = f"{verdict({**row, 'questions': tested})} {row['caveat']}".rstrip()
    # Without a row, a table would not know what its columns hold.
    types: dict[str, type] = {
        **dict.fromkeys(WHOLE_NUMBERS, int),
        **dict.fromkeys(NUMBERS, float),
        **dict.fromkeys(TEXTS, str),
    }
    return pd.DataFrame(rows, columns=list(types)).astype(types)


def _refuse_wrong_groups(hypotheses: Sequence[Row], moments: Mapping[int, Row]) -> None:
    mistakes = []
    for one in hypotheses:
        row, name = moments[one["comparison"]], f"hypothesis {one['hypothesis_id']}"
        keys = ["within"] if one["condition_within"] != EVERYBODY["where"] else []
        # A bank of which nobody left, or everybody, has made no mistake.
        keys += [] if of_outcome(one) else ["a", "b"]
        empty = [key for key in keys if not row[f"customers_{key}"]]
        if empty and one["if_empty"] == "stop":
            group = empty[0] if empty[0] == "within" else f"group_{empty[0]}"
            mistakes.append(
                f"{name}: no customer is in {group}, where {one[f'condition_{empty[0]}']}. Correct "
                "the condition, or set if_empty: report."
            )
        if row["customers_both"]:
            mistakes.append(
                f"{name}: {row['customers_both']} customers are in both groups, where "
                f"{one['condition_a']} and where {one['condition_b']}; a test needs groups that "
                "share nobody."
            )
    if mistakes:
        raise ChurnError("\n".join([*mistakes, WHERE_TO_CHANGE]))


def _with_medians(outcome: Outcome, ranks: Row) -> Outcome:
    a, b = (
        NAN if ranks.get(name) is None else float(ranks[name]) for name in ("median_a", "median_b")
    )
    return replace(outcome, estimate_a=a, estimate_b=b, difference=a - b)


_Tested = tuple[Outcome, int, int]


def _welch_t(comparison: _Comparison) -> _Tested:
    one, a, b = comparison.hypothesis, comparison.group_moments("a"), comparison.group_moments("b")
    outcome = welch_t(a, b, one["alternative"], one["margin"])
    if min(a.count, b.count) < MIN_GROUP or min(a.variance, b.variance) <= 0:
        # Skewed values, as money is, need more than a few for the mean to be anything like normal.
        outcome = replace(outcome, p_value=NAN, p_value_kind="", p_value_equivalence=NAN)
    if abs(outcome.skewness) > SKEWED:
        by_ranks = mann_whitney_u(comparison.group_ranks())
        outcome = replace(
            outcome,
            effect_note="skewed",
            rank_biserial=by_ranks.effect_size,
            rank_biserial_low=by_ranks.effect_low,
            rank_biserial_high=by_ranks.effect_high,
        )
    return outcome, a.count, b.count


def _mann_whitney_u(comparison: _Comparison) -> _Tested:
    one, ranks = comparison.hypothesis, comparison.group_ranks()
    outcome = mann_whitney_u(ranks, one["alternative"], one["margin"])
    return _with_medians(outcome, comparison.ranks), ranks.count_a, ranks.count_b


def _kolmogorov_smirnov(comparison: _Comparison) -> _Tested:
    ranks = comparison.group_ranks()
    outcome = kolmogorov_smirnov(ranks, comparison.hypothesis["margin"])
    return _with_medians(outcome, comparison.ranks), ranks.count_a, ranks.count_b


def _chi_square(comparison: _Comparison) -> _Tested:
    one = comparison.hypothesis
    bands = sorted(comparison.bands, key=lambda row: row["band_order"])
    counts_a = [row["customers_a"] for row in bands]
    counts_b = [row["customers_b"] for row in bands]
    # The id and not the place seeds, so that one hypothesis more changes no other.
    seed = (comparison.seed, zlib.crc32(one["hypothesis_id"].encode()))
    return chi_square(counts_a, counts_b, one["margin"], seed), sum(counts_a), sum(counts_b)


def _proportions(test: Callable[..., Outcome]) -> Callable[[_Comparison], _Tested]:
    def run(comparison: _Comparison) -> _Tested:
        one, a, b = (
            comparison.hypothesis,
            comparison.group_moments("a"),
            comparison.group_moments("b"),
        )
        counts = (int(a.total), a.count, int(b.total), b.count)
        margin = one["margin"] * (_base_rate(*counts) if one["margin_is_relative"] else 1)
        outcome = test(*counts, one["alternative"], margin)
        return replace(outcome, margin=margin), a.count, b.count

    return run


def _base_rate(hits_a: int, count_a: int, hits_b: int, count_b: int) -> float:
    """The rate of both groups together, or of the others where that is smaller."""
    hits, count = hits_a + hits_b, count_a + count_b
    return min(hits, count - hits) / count if count else NAN


_METHODS: dict[str, Callable[[_Comparison], _Tested]] = {
    "welch_t": _welch_t,
    "mann_whitney_u": _mann_whitney_u,
    "kolmogorov_smirnov": _kolmogorov_smirnov,
    "chi_square": _chi_square,
    "two_proportion_z": _proportions(two_proportion_z),
    "fisher_exact": _proportions(fisher_exact),
}
