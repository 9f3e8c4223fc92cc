"""How often the tests err where nothing is, and how often they find what is.

    python benchmarks/error_rates.py [REPETITIONS]

Every method is tried on data without a difference (false positives at 5%), on a family of twenty
(any false finding after Holm), on planted effects as large as `minimum_detectable_effect`
promises (power), and its interval on a planted effect (coverage). With rounding and ties, as
banks' data have them.
"""

import math
import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq

from python_steps.statistics.contingency import chi_square
from python_steps.statistics.corrections import holm
from python_steps.statistics.distributions import kolmogorov_smirnov, mann_whitney_u
from python_steps.statistics.means import welch_t
from python_steps.statistics.outcome import Outcome
from python_steps.statistics.power import minimum_detectable_effect
from python_steps.statistics.proportions import fisher_exact, two_proportion_z
from python_steps.statistics.samples import Moments, Ranks

N_A, N_B = 150, 450
BASE = 0.2
EDGES = (-1.0, -0.3, 0.3, 1.0)
Values = NDArray[np.float64]


def moments(values: Values) -> Moments:
    """What SQL sums of a group."""
    return Moments.of(len(values), float(values.sum()), float(values @ values))


def ranks(a: Values, b: Values) -> Ranks:
    """What SQL counts of two groups."""
    values, counts = np.unique(np.concatenate([a, b]), return_counts=True)
    place_a, place_b = (np.searchsorted(values, one) for one in (a, b))
    count_a, count_b = (np.bincount(one, minlength=len(values)) for one in (place_a, place_b))
    up_to_a, up_to_b = count_a.cumsum(), count_b.cumsum()
    doubled_a, doubled_b = 2 * up_to_b - count_b, 2 * up_to_a - count_a
    return Ranks(
        count_a=len(a),
        count_b=len(b),
        doubled_u=int((count_a * doubled_a).sum()),
        tie_term=int((counts.astype(object) ** 3 - counts).sum()),
        squared_placements_a=int((count_a * doubled_a**2).sum()),
        squared_placements_b=int((count_b * doubled_b**2).sum()),
        largest_gap=int(np.abs(up_to_a * len(b) - up_to_b * len(a)).max()),
    )


def welch(a: Values, b: Values) -> Outcome:
    """Welch's t on values."""
    return welch_t(moments(a), moments(b))


def on_bands(a: Values, b: Values) -> Outcome:
    """Chi-square on the values' bands."""
    counts = [np.bincount(np.searchsorted(EDGES, one), minlength=len(EDGES) + 1) for one in (a, b)]
    return chi_square(*counts)


def on_hits(test: Callable[..., Outcome]) -> Callable[[Values, Values], Outcome]:
    """A test of proportions on whether values exceed a threshold."""
    threshold = stats.norm.isf(BASE)

    def run(a: Values, b: Values) -> Outcome:
        return test(int((a > threshold).sum()), len(a), int((b > threshold).sum()), len(b))

    return run


METHODS: dict[str, Callable[[Values, Values], Outcome]] = {
    "welch_t": welch,
    "mann_whitney_u": lambda a, b: mann_whitney_u(ranks(a, b)),
    "kolmogorov_smirnov": lambda a, b: kolmogorov_smirnov(ranks(a, b)),
    "chi_square": on_bands,
    "two_proportion_z": on_hits(two_proportion_z),
    "fisher_exact": on_hits(fisher_exact),
}


def truth(method: str, shift: float) -> float:
    """The effect of a shift in the method's unit."""
    if method == "welch_t":
        return shift
    if method == "mann_whitney_u":
        return 2 * float(stats.norm.cdf(shift / math.sqrt(2))) - 1
    if method == "kolmogorov_smirnov":
        return 2 * float(stats.norm.cdf(shift / 2)) - 1
    if method in ("two_proportion_z", "fisher_exact"):
        return float(stats.norm.sf(stats.norm.isf(BASE) - shift)) - BASE
    edges = [-np.inf, *EDGES, np.inf]
    a, b = (np.diff(stats.norm.cdf(edges, loc=one)) for one in (shift, 0))
    share = N_A / (N_A + N_B)
    total = share * a + (1 - share) * b
    return math.sqrt(share * (1 - share) * ((a - b) ** 2 / total).sum())


def groups(random: np.random.Generator, shift: float = 0.0) -> tuple[Values, Values]:
    """Two normal groups, rounded so that values tie."""
    a, b = random.normal(shift, size=N_A), random.normal(size=N_B)
    return a.round(1) + 0.03, b.round(1) + 0.03


def main(repetitions: int) -> None:
    """Measure and print."""
    random = np.random.default_rng(20240229)
    print(f"Groups of {N_A} and {N_B}, {repetitions} repetitions, alpha 5%")
    print("| method | false positives | any of 20 after Holm | power at the MDE | coverage |")
    print("|---|---|---|---|---|")
    for method, test in METHODS.items():
        p_values = np.array([test(*shuffled(random)).p_value for _ in range(repetitions)])
        families = p_values[: repetitions // 20 * 20].reshape(-1, 20)
        any_false = np.mean([(holm(family) < 0.05).any() for family in families])
        row = {
            "method": method, "n_a": N_A, "n_b": N_B, "alternative": "two_sided", "p_value": 0.5,
            "degrees_of_freedom": len(EDGES), "estimate_b": BASE,
        }  # fmt: skip
        promised = minimum_detectable_effect(row, 0.05)
        shift = brentq(lambda one, method=method, to=promised: truth(method, one) - to, 0, 3)
        power = np.mean([test(*groups(random, shift)).p_value < 0.05 for _ in range(repetitions)])
        shift = 0.4
        outcomes = [test(*groups(random, shift)) for _ in range(repetitions)]
        effect = truth(method, shift)
        covered = np.mean([one.effect_low <= effect <= one.effect_high for one in outcomes])
        print(
            f"| `{method}` | {np.mean(p_values < 0.05):.1%} | {any_false:.1%} | "
            f"{power:.1%} | {covered:.1%} |"
        )


def shuffled(random: np.random.Generator) -> tuple[Values, Values]:
    """Two groups by shuffled labels."""
    values = random.permutation(np.concatenate(groups(random, 0.5)))
    return values[:N_A], values[N_A:]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
