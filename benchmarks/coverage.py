"""How often the 95% intervals of what people read hold the truth.

    python benchmarks/coverage.py WAREHOUSE [REPETITIONS]

Cards: customers are drawn anew from the cells of a built table, leaving by the chances that its
regression gives them, so that the truth of every segment is known; the search runs on the discovery
half, and the intervals of the figures of the confirmation half are compared with the truth.

Effects: groups as banks have them, of equal and unequal spread, skewed, few who left, tiny, sparse.
Strata: an odds ratio pooled over strata of other rates, few of whom left in some. Adjusted odds:
four attributes, of which one has a small band that hardly leaves.
"""

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from error_rates import Values, ranks
from numpy.typing import NDArray
from scipy import special
from shuffled_labels import read, settings

from python_steps.segments.extent import search_extent
from python_steps.segments.find import find_risk_segments
from python_steps.statistics.contingency import chi_square
from python_steps.statistics.distributions import mann_whitney_u
from python_steps.statistics.means import SKEWED, welch_t
from python_steps.statistics.proportions import (
    fisher_exact,
    lift_interval,
    wilson_interval,
)
from python_steps.statistics.regression import adjusted_effects
from python_steps.statistics.samples import Moments
from python_steps.statistics.strata import stratified_effect

BUILDS = 120
Interval = tuple[float, float]
Draw = Callable[[np.random.Generator, int], Values]


class Coverage:
    """How often intervals held the truth."""

    def __init__(self) -> None:
        self.held = self.counted = self.missing = 0

    def add(self, truth: float, interval: Interval) -> None:
        """Count an interval; of an odds ratio, one end that is none has no limit."""
        low, high = interval
        self.counted += 1
        self.missing += math.isnan(low) and math.isnan(high)
        self.held += not (truth < low or truth > high) and not (
            math.isnan(low) and math.isnan(high)
        )

    def words(self) -> str:
        """For a table."""
        said = f"{self.held / max(1, self.counted):.1%}"
        return said + (f" ({self.missing / self.counted:.0%} have none)" if self.missing else "")


def cards(warehouse: Path, builds: int) -> dict[str, Coverage]:
    """The figures of segments that a search has found."""
    cells, bands = read(warehouse)
    variables = settings()
    chance = chances(cells, bands)
    people = (cells["discovery_customers"] + cells["confirmation_customers"]).to_numpy(float)
    size, shares = int(people.sum() / 2), people / people.sum()
    overall = float(shares @ chance)
    random = np.random.default_rng(20240229)
    found = {name: Coverage() for name in ("churn rate", "lift", "share of churn")}
    for _ in range(builds):
        halves = {}
        for half in ("discovery", "confirmation"):
            customers = random.multinomial(size, shares)
            halves[f"{half}_customers"] = customers
            halves[f"{half}_churned"] = random.binomial(customers, chance).astype(float)
        drawn = cells.assign(**halves)
        left = int(halves["confirmation_churned"].sum())
        for row in searched(drawn, bands, variables):
            inside = np.ones(len(cells), dtype=bool)
            for name, orders in json.loads(row["bands"]).items():
                inside &= cells[f"{name}_band_order"].isin(orders).to_numpy()
            there, leavers = shares[inside].sum(), (shares * chance)[inside].sum()
            hits, count = int(row["confirmation_churned"]), int(row["confirmation_customers"])
            found["churn rate"].add(leavers / there, wilson_interval(hits, count))
            found["lift"].add(leavers / there / overall, lift_interval(hits, count, left, size))
            found["share of churn"].add(leavers / overall, wilson_interval(hits, left))
    return found


def chances(cells: pd.DataFrame, bands: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """Of each cell, by the regression of the table on its bands."""
    names = [name.removesuffix("_band_order") for name in cells if name.endswith("_band_order")]
    both = cells.assign(
        customers=cells["discovery_customers"] + cells["confirmation_customers"],
        churned=cells["discovery_churned"] + cells["confirmation_churned"],
    )
    effects = adjusted_effects(both, [{"name": name} for name in names], bands)
    total = np.zeros(len(cells))
    for name in names:
        own = effects[effects["attribute"] == name].set_index("band_order")["coefficient"]
        total += cells[f"{name}_band_order"].map(own).fillna(0.0).to_numpy(float)
    low, high = -40.0, 40.0
    for _ in range(100):
        middle = (low + high) / 2
        expected = both["customers"].to_numpy(float) @ special.expit(total + middle)
        low, high = (middle, high) if expected < both["churned"].sum() else (low, middle)
    return special.expit(total + low)


def searched(
    cells: pd.DataFrame, bands: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What the search lists."""
    extent = search_extent(cells, bands, variables).to_dict("records")
    found = find_risk_segments(cells, bands, [], extent, variables)
    return found[found["search_rank"].notna()].to_dict("records")


def moments(values: Values) -> Moments:
    """What SQL sums of a group."""
    centred = values - values.mean()
    sums = (values.sum(), values @ values, (centred**3).sum(), (centred**4).sum(), values.mean())
    return Moments(len(values), *(Fraction(float(one)) for one in sums))


@dataclass(frozen=True)
class Group:
    """Values, their mean and deviation, and those of the normal ones that they are made of."""

    draw: Draw
    mean: float
    deviation: float
    normal_mean: float
    normal_deviation: float


def normal(mean: float, deviation: float) -> Group:
    """Normal values."""
    return Group(
        lambda random, size: random.normal(mean, deviation, size), mean, deviation, mean, deviation
    )


def money(mean: float, deviation: float) -> Group:
    """Lognormal values by the mean and deviation of the logarithm."""
    of_values = math.exp(mean + deviation**2 / 2)
    spread = of_values * math.sqrt(math.exp(deviation**2) - 1)
    return Group(
        lambda random, size: random.lognormal(mean, deviation, size),
        of_values,
        spread,
        mean,
        deviation,
    )


GROUPS = {
    "normal": (normal(0.4, 1), normal(0, 1)),
    "normal, large shift": (normal(1.5, 1), normal(0, 1)),
    "normal, the first spreads twice": (normal(0.8, 2), normal(0, 1)),
    "normal, the second spreads twice": (normal(0.8, 1), normal(0, 2)),
    "money, skewness 3.7": (money(0.3, 0.8), money(0, 0.8)),
    "money, skewness 6.2": (money(0.3, 1), money(0, 1)),
    "money, none": (money(0, 1), money(0, 1)),
}
SIZES = ((4, 5), (5, 200), (20, 400), (100, 400), (400, 1600))


def of_values(
    a: Group, b: Group, sizes: tuple[int, int], repetitions: int
) -> tuple[Coverage, float, Coverage]:
    """Hedges' g, how often it is said to be of skewed values, and the rank-biserial correlation."""
    random = np.random.default_rng(20240229)
    of_means, of_ranks, skewed = Coverage(), Coverage(), 0
    weight = (sizes[0] - 1) / (sum(sizes) - 2)
    pooled = math.sqrt(weight * a.deviation**2 + (1 - weight) * b.deviation**2)
    apart = (a.normal_mean - b.normal_mean) / math.hypot(a.normal_deviation, b.normal_deviation)
    for _ in range(repetitions):
        x, y = a.draw(random, sizes[0]), b.draw(random, sizes[1])
        means, by_ranks = welch_t(moments(x), moments(y)), mann_whitney_u(ranks(x, y))
        of_means.add((a.mean - b.mean) / pooled, (means.effect_low, means.effect_high))
        skewed += abs(means.skewness) > SKEWED
        effect = 2 * float(special.ndtr(apart)) - 1
        of_ranks.add(effect, (by_ranks.effect_low, by_ranks.effect_high))
    return of_means, skewed / repetitions, of_ranks


def values(repetitions: int) -> None:
    """Print what :func:`of_values` says."""
    print("\n| groups | sizes | Hedges g | said to be skewed | rank-biserial |")
    print("|---|---|---|---|---|")
    for name, (a, b) in GROUPS.items():
        for sizes in SIZES:
            means, skewed, by_ranks = of_values(a, b, sizes, repetitions)
            print(
                f"| {name} | {sizes[0]}, {sizes[1]} | {means.words()} | {skewed:.0%} "
                f"| {by_ranks.words()} |"
            )


RATES = ((0.2, 0.3, 100, 400), (0.01, 0.02, 500, 5000), (0.0, 0.01, 200, 5000), (0.9, 0.5, 12, 30))


def of_rates(
    rate_a: float, rate_b: float, sizes: tuple[int, int], repetitions: int
) -> tuple[Coverage, Coverage, Coverage]:
    """The difference of two rates, their odds ratio, and Cramér's V."""
    random = np.random.default_rng(20240229)
    difference, odds, v = Coverage(), Coverage(), Coverage()
    n_a, n_b = sizes
    ratio = rate_a * (1 - rate_b) / (rate_b * (1 - rate_a))
    share = n_a / (n_a + n_b)
    whole = share * rate_a + (1 - share) * rate_b
    spread = share * (rate_a - whole) ** 2 + (1 - share) * (rate_b - whole) ** 2
    for _ in range(repetitions):
        hits_a, hits_b = int(random.binomial(n_a, rate_a)), int(random.binomial(n_b, rate_b))
        outcome = fisher_exact(hits_a, n_a, hits_b, n_b)
        difference.add(rate_a - rate_b, (outcome.effect_low, outcome.effect_high))
        if not 0 < hits_a + hits_b < n_a + n_b:
            continue
        odds.add(ratio, (outcome.odds_ratio_low, outcome.odds_ratio_high))
        of_bands = chi_square([hits_a, n_a - hits_a], [hits_b, n_b - hits_b])
        effect = math.sqrt(spread / (whole * (1 - whole)))
        v.add(effect, (of_bands.effect_low, of_bands.effect_high))
    return difference, odds, v


def rates(repetitions: int) -> None:
    """Print what :func:`of_rates` says."""
    print("\n| rates | sizes | risk difference | odds ratio | Cramér's V |\n|---|---|---|---|---|")
    for rate_a, rate_b, n_a, n_b in RATES:
        found = of_rates(rate_a, rate_b, (n_a, n_b), repetitions)
        said = " | ".join(one.words() for one in found)
        print(f"| {rate_a:.0%}, {rate_b:.0%} | {n_a}, {n_b} | {said} |")


# Of each stratum: how many are in the group and how many are not, and the rate of these.
STRATA = {
    "1% churn": ((40, 400, 0.005), (60, 800, 0.01), (200, 900, 0.02)),
    "20% churn": ((40, 400, 0.1), (60, 800, 0.2), (200, 900, 0.35)),
    "sparse": tuple((4, 9, 0.1 + 0.02 * place) for place in range(20)),
}


def of_strata(strata: Sequence[tuple[int, int, float]], ratio: float, repetitions: int) -> Coverage:
    """An odds ratio that is the same in all strata, pooled by Mantel and Haenszel."""
    random, held = np.random.default_rng(20240229), Coverage()
    for _ in range(repetitions):
        tables = []
        for inside, outside, rate in strata:
            odds = ratio * rate / (1 - rate)
            left = random.binomial(inside, odds / (1 + odds)), random.binomial(outside, rate)
            tables.append([[left[0], inside - left[0]], [left[1], outside - left[1]]])
        effect = stratified_effect(tables)
        held.add(ratio, (effect.odds_ratio_low, effect.odds_ratio_high))
    return held


def pooled(repetitions: int) -> None:
    """Print what :func:`of_strata` says."""
    print("\n| strata | odds ratio | Mantel and Haenszel |\n|---|---|---|")
    for name, strata in STRATA.items():
        for ratio in (0.5, 1.0, 3.0):
            print(f"| {name} | {ratio:g} | {of_strata(strata, ratio, repetitions).words()} |")


# The odds of the bands of four attributes; the first has a band of 1% of the customers.
BANDS = (
    ((0.55, 0.0), (0.30, 0.5), (0.14, 1.0), (0.01, -4.0)),
    ((0.60, 0.0), (0.40, -0.7)),
    ((0.50, 0.0), (0.30, 0.3), (0.20, 0.8)),
    ((0.90, 0.0), (0.07, 1.2), (0.03, -0.5)),
)


def of_adjusted(rate: float, size: int, repetitions: int) -> dict[str, Coverage]:
    """Odds ratios with the other attributes, by band."""
    names = [{"name": f"x{place}"} for place in range(len(BANDS))]
    bands = [
        {"attribute": one["name"], "band_order": order, "band": f"{one['name']}, {share:.0%}"}
        for one, own in zip(names, BANDS, strict=True)
        for order, (share, _) in enumerate(own, start=1)
    ]
    random = np.random.default_rng(20240229)
    held: dict[str, Coverage] = {}
    coefficients = [np.array([one for _, one in own]) for own in BANDS]
    keys = [f"{one['name']}_band_order" for one in names]
    for _ in range(repetitions):
        codes = [random.choice(len(own), size, p=[share for share, _ in own]) for own in BANDS]
        total = sum(own[code] for own, code in zip(coefficients, codes, strict=True))
        left = random.random(size) < special.expit(total + math.log(rate / (1 - rate)) - 0.2)
        table = pd.DataFrame(np.stack(codes, axis=1) + 1, columns=keys)
        counted = table.assign(customers=1, churned=left.astype(int))
        cube = counted.groupby(keys, as_index=False).sum()
        for row in adjusted_effects(cube, names, bands).to_dict("records"):
            truth = BANDS[int(row["attribute"][1:])][row["band_order"] - 1][1]
            if row["note"] != "reference":
                ends = (row["odds_ratio_low"], row["odds_ratio_high"])
                held.setdefault(row["band"], Coverage()).add(math.exp(truth), ends)
    return held


def adjusted(repetitions: int) -> None:
    """Print what :func:`of_adjusted` says, at a low and a usual rate of churn."""
    print("\n| churn | customers | band | adjusted odds ratio |\n|---|---|---|---|")
    for rate, size in ((0.01, 5000), (0.2, 5000)):
        for band, coverage in sorted(of_adjusted(rate, size, max(1, repetitions // 4)).items()):
            print(f"| {rate:.0%} | {size:,} | {band} | {coverage.words()} |")


def main(warehouse: Path, repetitions: int) -> None:
    """Measure and print."""
    print("| figure of a card | intervals | coverage |\n|---|---|---|")
    for name, coverage in cards(warehouse, BUILDS).items():
        print(f"| {name} | {coverage.counted:,} | {coverage.words()} |")
    values(repetitions)
    rates(repetitions)
    pooled(repetitions)
    adjusted(repetitions)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 4000)
