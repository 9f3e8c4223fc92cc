"""Hypothesis tests from sufficient statistics.

SQL aggregates the customers; the functions here finish the tests from a handful of numbers, so
that they cost the same for ten million customers as for ten thousand. Sums arrive as exact
decimals and are combined as fractions: nothing cancels.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from python_steps.multiplicity import benjamini_hochberg, holm

NAN = math.nan


@dataclass(frozen=True)
class Moments:
    """One group's sufficient statistics for a test of means.

    Attributes:
        count: how many values are present.
        total: their exact sum, in the metric's unit.
        total_of_squares: the exact sum of their squares.
    """

    count: int
    total: Fraction
    total_of_squares: Fraction

    @classmethod
    def of(
        cls,
        count: int,
        total: Decimal | float | None,
        total_of_squares: Decimal | float | None,
    ) -> "Moments":
        """Moments from what SQL returns, where the sum over no rows is null."""
        return cls(int(count), Fraction(total or 0), Fraction(total_of_squares or 0))

    @property
    def mean(self) -> float:
        """The mean, NaN without values."""
        return float(self.total / self.count) if self.count else NAN

    @property
    def variance(self) -> float:
        """The sample variance (ddof 1), NaN with fewer than two values."""
        if self.count < 2:
            return NAN
        squared_deviations = self.total_of_squares - self.total**2 / self.count
        return float(squared_deviations / (self.count - 1))


@dataclass(frozen=True)
class Outcome:
    """The outcome of a test; NaN where something cannot be computed.

    Attributes:
        estimate_a, estimate_b: the compared quantity in each group, in the metric's unit.
        difference, difference_low, difference_high: a minus b with its 95% interval.
        statistic, degrees_of_freedom, p_value: the test itself, two-sided.
        effect_size, effect_name: a unit-free size of the effect.
    """

    statistic: float = NAN
    degrees_of_freedom: float = NAN
    p_value: float = NAN
    effect_size: float = NAN
    effect_name: str = ""
    estimate_a: float = NAN
    estimate_b: float = NAN
    difference: float = NAN
    difference_low: float = NAN
    difference_high: float = NAN


def welch_t(a: Moments, b: Moments) -> Outcome:
    """Welch's t test that two groups have the same mean, whatever their variances.

    The effect size is Hedges' g with the exact small-sample correction.

    Args:
        a, b: the groups' moments.

    Returns:
        The result; without a p-value where a group has fewer than two values or neither varies.

    Source: Welch (1947), degrees of freedom after Satterthwaite (1946); Hedges (1981).
    """
    estimates = {"estimate_a": a.mean, "estimate_b": b.mean, "difference": a.mean - b.mean}
    if a.count < 2 or b.count < 2 or a.variance + b.variance == 0:
        return Outcome(effect_name="Hedges g", **estimates)
    share_a, share_b = a.variance / a.count, b.variance / b.count
    error = math.sqrt(share_a + share_b)
    freedom = (share_a + share_b) ** 2 / (share_a**2 / (a.count - 1) + share_b**2 / (b.count - 1))
    statistic = (a.mean - b.mean) / error
    margin = float(special.stdtrit(freedom, 0.975)) * error
    pooled_freedom = a.count + b.count - 2
    pooled = math.sqrt(((a.count - 1) * a.variance + (b.count - 1) * b.variance) / pooled_freedom)
    correction = math.exp(
        math.lgamma(pooled_freedom / 2)
        - math.log(math.sqrt(pooled_freedom / 2))
        - math.lgamma((pooled_freedom - 1) / 2)
    )
    return Outcome(
        statistic=statistic,
        degrees_of_freedom=freedom,
        p_value=min(1.0, 2 * float(special.stdtr(freedom, -abs(statistic)))),
        effect_size=correction * (a.mean - b.mean) / pooled,
        effect_name="Hedges g",
        difference_low=a.mean - b.mean - margin,
        difference_high=a.mean - b.mean + margin,
        **estimates,
    )


def mann_whitney_u(count_a: int, count_b: int, doubled_u: int, tie_term: int) -> Outcome:
    """The Mann-Whitney U test that neither group tends to have larger values.

    Asymptotic, with midranks, the correction for ties and a continuity correction of 0.5. The
    effect size is the rank-biserial correlation: the share of pairs in which a is larger minus
    the share in which b is.

    Args:
        count_a, count_b: the groups' numbers of values.
        doubled_u: twice U of group a; a pair with a larger counts 2, a tie 1.
        tie_term: the sum of t^3 - t over the groups of t equal values.

    Returns:
        The result; without a p-value where a group is empty or all values are equal.

    Source: Mann and Whitney (1947); ties as in Lehmann (1975), "Nonparametrics".
    """
    if not count_a or not count_b:
        return Outcome(effect_name="rank-biserial")
    pairs = count_a * count_b
    total = count_a + count_b
    u = doubled_u / 2
    effect = float(Fraction(doubled_u, pairs) - 1)
    tie_correction = Fraction(tie_term, total * (total - 1))
    variance = float(Fraction(pairs, 12) * (total + 1 - tie_correction))
    if variance == 0:
        return Outcome(statistic=u, effect_size=effect, effect_name="rank-biserial")
    larger = max(doubled_u, 2 * pairs - doubled_u)
    z = float(Fraction(larger - pairs - 1, 2)) / math.sqrt(variance)
    return Outcome(
        statistic=u,
        p_value=min(1.0, 2 * float(special.ndtr(-z))),
        effect_size=effect,
        effect_name="rank-biserial",
    )


def chi_square(churned: ArrayLike, customers: ArrayLike) -> Outcome:
    """Pearson's chi-square test that all groups churn at one rate, without Yates' correction.

    The effect size is Cramér's V.

    Args:
        churned: shape (k,), churners per group.
        customers: shape (k,), customers per group; empty groups are left out.

    Returns:
        The result; without a p-value where fewer than two groups have customers, or where
        everybody or nobody churned.

    Source: Pearson (1900); Cramér (1946).
    """
    churned, customers = np.asarray(churned, dtype=float), np.asarray(customers, dtype=float)
    churned, customers = churned[customers > 0], customers[customers > 0]
    rate = churned.sum() / customers.sum() if len(customers) else NAN
    if len(customers) < 2 or not 0 < rate < 1:
        return Outcome(effect_name="Cramér's V")
    expected = customers * rate
    # Both cells of a group deviate by the same amount: (1/e + 1/(n - e)) = 1 / (e (1 - rate)).
    statistic = float(np.sum((churned - expected) ** 2 / (expected * (1 - rate))))
    freedom = len(customers) - 1
    return Outcome(
        statistic=statistic,
        degrees_of_freedom=freedom,
        p_value=float(special.chdtrc(freedom, statistic)),
        effect_size=math.sqrt(statistic / customers.sum()),
        effect_name="Cramér's V",
    )


def run_hypothesis_tests(
    attributes: Sequence[Mapping[str, Any]],
    moments: Sequence[Mapping[str, Any]],
    rank_sums: Sequence[Mapping[str, Any]],
    churn_rates: Sequence[Mapping[str, Any]],
    alpha: float,
) -> pd.DataFrame:
    """Test every attribute for a relation with churn, corrected over the whole family.

    Args:
        attributes: the registry: ``name``, ``type`` and ``label`` of each attribute.
        moments: rows of ``int_metric_moments``.
        rank_sums: rows of ``int_rank_sums``.
        churn_rates: rows of ``churn_rates``.
        alpha: the family-wise error that Holm's correction holds.

    Returns:
        A row per hypothesis with the columns of the ``hypothesis_tests`` mart.
    """
    sums = {(row["metric"], bool(row["has_churned"])): row for row in moments}
    ranks = {row["metric"]: row for row in rank_sums}
    tests: list[dict[str, Any]] = []
    for attribute in attributes:
        name, label = attribute["name"], attribute["label"]
        if attribute["type"] in ("number", "integer"):
            left, stayed = (_moments(sums.get((name, churned))) for churned in (True, False))
            tests.append(
                {
                    "question": f"Do those who left and those who stayed differ in mean {label}?",
                    "metric": name,
                    "method": "welch_t",
                    "n_a": left.count,
                    "n_b": stayed.count,
                    "result": welch_t(left, stayed),
                    "compared": f"mean {label}",
                }
            )
            rank = ranks.get(name, {})
            medians = [
                _number(sums.get((name, churned), {}).get("value_median"))
                for churned in (True, False)
            ]
            counts = [int(rank.get(f"{group}_count") or 0) for group in ("left", "stayed")]
            shifted = mann_whitney_u(
                counts[0],
                counts[1],
                int(rank.get("doubled_u_left") or 0),
                int(rank.get("tie_term") or 0),
            )
            tests.append(
                {
                    "question": f"Does {label} tend to be larger or smaller among those who left?",
                    "metric": name,
                    "method": "mann_whitney_u",
                    "n_a": counts[0],
                    "n_b": counts[1],
                    "result": Outcome(
                        **{
                            **shifted.__dict__,
                            "estimate_a": medians[0],
                            "estimate_b": medians[1],
                            "difference": medians[0] - medians[1],
                        }
                    ),
                    "compared": f"median {label}",
                }
            )
        bands = [row for row in churn_rates if row["attribute"] == name]
        churned_total = sum(row["churned"] for row in bands)
        tests.append(
            {
                "question": f"Does the churn rate differ between the bands of {label}?",
                "metric": name,
                "method": "chi_square",
                "n_a": churned_total,
                "n_b": sum(row["customers"] for row in bands) - churned_total,
                "result": chi_square(
                    [row["churned"] for row in bands], [row["customers"] for row in bands]
                ),
                "compared": label,
            }
        )
    adjusted_holm = holm([test["result"].p_value for test in tests])
    adjusted_bh = benjamini_hochberg([test["result"].p_value for test in tests])
    return pd.DataFrame(
        {
            "hypothesis_id": f"{test['metric']}__{test['method']}",
            "question": test["question"],
            "metric": test["metric"],
            "method": test["method"],
            "group_a": "left",
            "group_b": "stayed",
            "n_a": test["n_a"],
            "n_b": test["n_b"],
            **test["result"].__dict__,
            "p_value_holm": p_holm,
            "p_value_bh": p_bh,
            "verdict": verdict(test["method"], test["compared"], test["result"], p_holm, alpha),
        }
        for test, p_holm, p_bh in zip(tests, adjusted_holm, adjusted_bh, strict=True)
    )


def verdict(method: str, compared: str, result: Outcome, p_value_holm: float, alpha: float) -> str:
    """One plain sentence on what a test found.

    Args:
        method: the method's name.
        compared: what was compared, as in "mean age".
        result: the test's outcome.
        p_value_holm: its p-value after Holm's correction.
        alpha: the family-wise error.
    """
    if math.isnan(p_value_holm):
        return f"Could not be tested: {compared} does not vary enough, or a group is too small."
    p_text = f"Holm-adjusted p {format_p_value(p_value_holm)}"
    if method == "chi_square":
        if p_value_holm < alpha:
            return (
                f"The churn rate differs between the bands of {compared} "
                f"({result.effect_name} {result.effect_size:.2f}, {p_text})."
            )
        return f"No evidence that the churn rate depends on {compared} ({p_text})."
    values = f"{result.estimate_a:,.2f} against {result.estimate_b:,.2f}"
    size = f"{result.effect_name} {result.effect_size:.2f}, {p_text}"
    if p_value_holm < alpha:
        if method == "mann_whitney_u":
            direction = "larger" if result.effect_size > 0 else "smaller"
            subject = compared.removeprefix("median ")
            return (
                f"Values of {subject} tend to be {direction} among those who left: "
                f"median {values} ({size})."
            )
        direction = "higher" if result.difference > 0 else "lower"
        return f"The {compared} is {direction} among those who left: {values} ({size})."
    return (
        f"No evidence of a difference in {compared} between those who left and those who stayed: "
        f"{values} ({size})."
    )


def format_p_value(p_value: float) -> str:
    """A p-value for a sentence: ``= 0.034``, or ``< 1e-16`` where more digits mean nothing."""
    if p_value < 1e-16:
        return "< 1e-16"
    return f"= {p_value:.2g}"


def _moments(row: Mapping[str, Any] | None) -> Moments:
    if row is None:
        return Moments(0, Fraction(0), Fraction(0))
    return Moments.of(row["value_count"], row["value_sum"], row["value_sum_of_squares"])


def _number(value: Any) -> float:
    return NAN if value is None else float(value)
