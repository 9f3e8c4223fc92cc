"""Do two groups spread alike over bands?"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from python_steps.statistics.outcome import NAN, Outcome
from python_steps.statistics.proportions import fisher_p_value, odds_ratio

# Expected counts below this make the chi-square distribution a poor approximation (Cochran 1954).
SMALL_EXPECTED_COUNT = 5
MONTE_CARLO_TABLES = 49_999
# The p-value where none of them reaches the statistic.
LEAST_SIMULATED = 1 / (MONTE_CARLO_TABLES + 1)
# NumPy draws from urns up to this size.
LARGEST_URN = 10**9


def chi_square(
    counts_a: ArrayLike, counts_b: ArrayLike, margin: float = NAN, seed: Sequence[int] = (0,)
) -> Outcome:
    """Pearson's chi-square test that two groups spread alike over bands, without Yates' correction.

    The p-value of a table of two bands is Fisher's exact one. In a larger table with an expected
    count below 5 it is simulated: the share of random tables with the same margins whose
    chi-square is at least as large, counting the table itself. Otherwise it is asymptotic.

    The effect size is Cramér's V. Its interval and equivalence come from the noncentral chi-square
    distribution and are about the V of the population, which lies below that of the table by its
    upward bias. The corrected V has the bias removed as Bergsma does.

    Args:
        counts_a, counts_b: shape (k,), customers of each group per band; bands in which there is
            nobody are left out.
        margin: V below which a relation does not matter.
        seed: what seeds the simulation.

    Returns:
        The outcome; without a p-value where fewer than two bands or only one group has customers.

    Source: Pearson (1900); Fisher (1922); Hope (1968); Cramér (1946); Bergsma (2013); Smithson
    (2003), "Confidence Intervals", chapter 4; Wellek (2010), "Testing Statistical Hypotheses of
    Equivalence and Noninferiority", chapter 9.
    """
    table = np.array([counts_a, counts_b], dtype=np.int64).reshape(2, -1)
    table = table[:, table.sum(axis=0) > 0]
    outcome = Outcome(effect_name="Cramér's V")
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    if len(columns) < 2 or not rows.all():
        return outcome
    total = int(table.sum())
    statistic = _pearson(table[0], rows, columns)
    freedom = len(columns) - 1
    p_value, kind = float(special.chdtrc(freedom, statistic)), "asymptotic"
    ratios: tuple[float, float, float] = (NAN, NAN, NAN)
    if len(columns) == 2:
        p_value, kind = fisher_p_value(table), "exact"
        ratios = odds_ratio(table.tolist())
    elif rows.min() * columns.min() / total < SMALL_EXPECTED_COUNT and total < LARGEST_URN:
        p_value, kind = _monte_carlo_p_value(statistic, rows, columns, seed), "simulated"
    v, corrected = cramers_v(table)
    return replace(
        outcome,
        statistic=statistic,
        degrees_of_freedom=freedom,
        p_value=p_value,
        p_value_kind=kind,
        effect_size=v,
        effect_low=_noncentral_v(statistic, freedom, total, 0.975),
        effect_high=_noncentral_v(statistic, freedom, total, 0.025),
        effect_size_corrected=corrected,
        odds_ratio=ratios[0],
        odds_ratio_low=ratios[1],
        odds_ratio_high=ratios[2],
        p_value_equivalence=float(special.chndtr(statistic, freedom, total * margin**2)),
    )


def cramers_v(table: ArrayLike) -> tuple[float, float]:
    """Cramér's V of a contingency table, and the same with its bias removed.

    Args:
        table: shape (r, c), counts; empty rows and columns are left out.

    Returns:
        V and the corrected V; NaN where a side has fewer than two categories.

    Source: Cramér (1946); Bergsma (2013), "A bias-correction for Cramér's V".
    """
    counts = np.asarray(table, dtype=float)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    rows, columns = counts.shape
    if min(rows, columns) < 2:
        return NAN, NAN
    total = counts.sum()
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    phi_squared = ((counts - expected) ** 2 / expected).sum() / total
    corrected = max(0.0, phi_squared - (rows - 1) * (columns - 1) / (total - 1))
    narrower = min(rows - (rows - 1) ** 2 / (total - 1), columns - (columns - 1) ** 2 / (total - 1))
    return (
        min(1.0, math.sqrt(phi_squared / (min(rows, columns) - 1))),
        min(1.0, math.sqrt(corrected / (narrower - 1))) if narrower > 1 else NAN,
    )


def _pearson(
    counts_a: NDArray[np.int64], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> float:
    """Pearson's chi-square of a table of two rows, given its first row and its margins."""
    share = rows[0] / rows.sum()
    expected = columns * share
    # Both cells of a band deviate by as much: 1 / e + 1 / (n - e) = 1 / (e (1 - share)).
    return float(np.sum((counts_a - expected) ** 2 / (expected * (1 - share)), axis=-1))


def _monte_carlo_p_value(
    statistic: float,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    seed: Sequence[int],
) -> float:
    random = np.random.default_rng(list(seed))
    drawn = random.multivariate_hypergeometric(
        columns, int(rows[0]), size=MONTE_CARLO_TABLES, method="marginals"
    )
    share = rows[0] / rows.sum()
    expected = columns * share
    simulated = ((drawn - expected) ** 2 / (expected * (1 - share))).sum(axis=1)
    # Equal tables may differ in the last bit.
    reached = int((simulated >= statistic * (1 - 1e-9)).sum())
    return (reached + 1) / (MONTE_CARLO_TABLES + 1)


def _noncentral_v(statistic: float, freedom: int, total: int, probability: float) -> float:
    """The V under which the chi-square would stay below the one seen with a probability."""
    if special.chdtr(freedom, statistic) <= probability:
        return 0.0
    noncentrality = float(special.chndtrinc(statistic, freedom, probability))
    return min(1.0, math.sqrt(max(0.0, noncentrality) / total))
