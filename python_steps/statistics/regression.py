"""Each band's association with churn, adjusted for all other attributes: logistic regression.

The churn cube's cells with their customers as frequencies hold all that the regression needs, so
that it equals the regression on the customers and costs the same for any number of them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import linalg, special
from threadpoolctl import threadpool_limits

from python_steps.statistics.corrections import holm
from python_steps.statistics.outcome import NAN, Z_95
from python_steps.statistics.proportions import odds_ratio

MOST_STEPS = 100
MOST_HALVINGS = 30
CONVERGED = 1e-10
# A part of a column that the columns before it leave unexplained below this is rounding.
COLLINEAR = 1e-9
# A coefficient as uncertain as this grows without end: the likelihood has no maximum.
DIVERGED = 50.0

COLUMNS: dict[str, type] = {
    "attribute": str, "band_order": int, "band": str, "reference_band": str, "customers": int,
    "churned": int, "crude_odds_ratio": float, "odds_ratio": float, "odds_ratio_low": float,
    "odds_ratio_high": float, "coefficient": float, "standard_error": float, "p_value": float,
    "p_value_holm": float, "note": str,
}  # fmt: skip


@dataclass
class _Factor:
    """An attribute in the regression: each cell's band, and the columns of its bands.

    Attributes:
        codes: shape (cells,), the place of each cell's band in ``orders``.
        orders: shape (bands,), the band's numbers.
        columns: shape (bands,), each band's column in the regression, or -1.
        notes: why a band has none.
    """

    codes: NDArray[np.int32]
    orders: NDArray[np.int64]
    columns: NDArray[np.intp]
    notes: dict[int, str] = field(default_factory=dict)


def adjusted_effects(
    cube: pd.DataFrame,
    attributes: Sequence[Mapping[str, Any]],
    bands: Sequence[Mapping[str, Any]],
) -> pd.DataFrame:
    """The odds ratio of each band against its attribute's reference, all else equal.

    The reference is the largest band with a value.

    Args:
        cube: the cells of ``int_churn_cube``: a ``<attribute>_band_order`` per attribute,
            ``customers`` and ``churned``; equal cells may be summed before, as they cost time.
        attributes: the var ``attributes``.
        bands: rows of ``int_bands``.

    Returns:
        A row per attribute and band that occurs, with the columns of the ``adjusted_effects``
        mart. Missing is a band like the others. Where nobody or everybody of a band left, its odds
        ratio is infinite; it stays null with a note, and its customers take no part, as they say
        nothing about the others. Null with a note is also what cannot be told from other bands.

    Source: maximum likelihood by Newton's method with Wald intervals (McCullagh and Nelder 1989,
    "Generalized Linear Models", chapter 4).
    """
    names = {(band["attribute"], band["band_order"]): band["band"] for band in bands}
    customers = cube["customers"].to_numpy(np.int64)
    churned = cube["churned"].to_numpy(np.int64)
    factors = []
    for attribute in attributes:
        orders, codes = np.unique(cube[f"{attribute['name']}_band_order"], return_inverse=True)
        columns = np.full(len(orders), -1)
        factors.append(_Factor(codes.astype(np.int32), orders.astype(np.int64), columns))
    used = _without_separated(factors, customers, churned)
    # Threads of the linear algebra would add in another order.
    with threadpool_limits(1):
        references = _lay_out(factors, customers, used)
        coefficients, errors = _fit(factors, customers[used], churned[used], used)

    rows = []
    for attribute, factor, reference in zip(attributes, factors, references, strict=True):
        sizes = _per_band(factor, customers)
        leavers = _per_band(factor, churned)
        for place, order in enumerate(factor.orders.tolist()):
            column = factor.columns[place]
            known = column >= 0 and errors[column] < DIVERGED
            coefficient, error = (
                (float(coefficients[column]), float(errors[column])) if known else (NAN, NAN)
            )
            note = factor.notes.get(place, "")
            if place == reference:
                note, coefficient = "reference", 0.0
            elif column >= 0 and not known:
                note = "too few who left or stayed among the combinations of bands"
            crude = _crude(sizes, leavers, place, reference)
            rows.append(
                {
                    "attribute": attribute["name"],
                    "band_order": order,
                    "band": names[attribute["name"], order],
                    "reference_band": names[attribute["name"], int(factor.orders[reference])]
                    if reference >= 0
                    else "",
                    "customers": sizes[place],
                    "churned": leavers[place],
                    "crude_odds_ratio": crude,
                    "odds_ratio": math.exp(coefficient),
                    "odds_ratio_low": math.exp(coefficient - Z_95 * error),
                    "odds_ratio_high": math.exp(coefficient + Z_95 * error),
                    "coefficient": coefficient,
                    "standard_error": error,
                    "p_value": 2 * float(special.ndtr(-abs(coefficient) / error)),
                    "note": note,
                }
            )
    effects = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "p_value_holm"])
    effects["p_value_holm"] = holm(effects["p_value"].to_numpy(float))
    return effects[list(COLUMNS)].astype(COLUMNS)


def _per_band(factor: _Factor, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    # Doubles hold counts exactly.
    totals = np.bincount(factor.codes, counts, len(factor.orders))
    return totals.astype(np.int64)


def _crude(
    sizes: NDArray[np.int64], leavers: NDArray[np.int64], place: int, reference: int
) -> float:
    if reference < 0:
        return NAN
    if place == reference:
        return 1.0
    table = [[leavers[one], sizes[one] - leavers[one]] for one in (place, reference)]
    return odds_ratio([[float(cell) for cell in row] for row in table])[0]


def _without_separated(
    factors: Sequence[_Factor], customers: NDArray[np.int64], churned: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """The cells that remain without bands of which nobody or everybody left; may be none.

    The likelihood is largest where the odds of such a band are zero or infinite; then its customers
    add nothing. Leaving them out may separate another band.
    """
    used = customers > 0
    while True:
        separated = np.zeros(len(used), dtype=bool)
        for factor in factors:
            sizes = _per_band(factor, customers * used)
            leavers = _per_band(factor, churned * used)
            for place in np.flatnonzero((leavers == 0) | (leavers == sizes)).tolist():
                if place in factor.notes:
                    continue
                said = "nobody left" if not leavers[place] else "everybody left"
                factor.notes[place] = said if sizes[place] else "no customers but separated ones"
                separated |= factor.codes == place
        if not (separated & used).any():
            return used
        used &= ~separated


def _lay_out(
    factors: Sequence[_Factor], customers: NDArray[np.int64], used: NDArray[np.bool_]
) -> list[int]:
    """Give each band but its attribute's reference a column, and return the references' places.

    Columns that others explain get none: they are found by a Cholesky decomposition in order.
    """
    references = []
    column = 1
    for factor in factors:
        sizes = _per_band(factor, customers * used)
        # Missing stands for itself only, unless there is nothing else.
        eligible = sizes * (factor.orders != 0) if sizes[factor.orders != 0].any() else sizes
        reference = int(np.argmax(eligible)) if sizes.any() else -1
        references.append(reference)
        for place in range(len(factor.orders)):
            if place != reference and place not in factor.notes:
                factor.columns[place] = column
                column += 1
    gram = _gram(_coded(factors, used), customers[used].astype(float), column)
    kept = np.zeros(column, dtype=bool)
    factorised = np.zeros((column, column))
    for one in range(column):
        before = np.flatnonzero(kept)
        part = linalg.solve_triangular(
            factorised[np.ix_(before, before)], gram[before, one], lower=True
        ) if len(before) else np.zeros(0)  # fmt: skip
        rest = gram[one, one] - part @ part
        if rest > COLLINEAR * gram[one, one]:
            kept[one] = True
            factorised[one, before] = part
            factorised[one, one] = math.sqrt(rest)
    numbers = np.cumsum(kept) - 1
    for factor in factors:
        for place, one in enumerate(factor.columns.tolist()):
            if one >= 0 and not kept[one]:
                factor.columns[place] = -1
                factor.notes[place] = "cannot be told from bands of other attributes"
            elif one >= 0:
                factor.columns[place] = numbers[one]
    return references


_Coded = Sequence[tuple[NDArray[np.int32], NDArray[np.intp]]]


def _coded(factors: Sequence[_Factor], used: NDArray[np.bool_]) -> _Coded:
    """The codes of the cells that are used, and the columns of the bands, of each factor."""
    return [(factor.codes[used], factor.columns) for factor in factors]


def _gram(coded: _Coded, weights: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """X' W X of the intercept and all bands: weighted counts of pairs of bands."""
    gram = np.zeros((size, size))
    gram[0, 0] = weights.sum()
    for place, (codes, columns) in enumerate(coded):
        alone = np.bincount(codes, weights, len(columns))
        own = columns >= 0
        gram[columns[own], columns[own]] = alone[own]
        gram[0, columns[own]] = gram[columns[own], 0] = alone[own]
        for other_codes, other_columns in coded[:place]:
            width = len(other_columns)
            both = np.bincount(codes * width + other_codes, weights, len(columns) * width).reshape(
                len(columns), width
            )
            other = other_columns >= 0
            block = both[np.ix_(own, other)]
            gram[np.ix_(columns[own], other_columns[other])] = block
            gram[np.ix_(other_columns[other], columns[own])] = block.T
    return gram


def _fit(
    factors: Sequence[_Factor],
    customers: NDArray[np.int64],
    churned: NDArray[np.int64],
    used: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients and standard errors, the intercept first."""
    size = 1 + max((int(factor.columns.max(initial=-1)) for factor in factors), default=-1)
    size = max(size, 1)
    coefficients = np.zeros(size)
    if not len(customers):
        return coefficients, np.full(size, np.inf)
    rate = churned.sum() / customers.sum()
    coefficients[0] = math.log(rate / (1 - rate))
    coded = _coded(factors, used)

    def predictor(values: NDArray[np.float64]) -> NDArray[np.float64]:
        total = np.full(len(customers), values[0])
        for codes, columns in coded:
            total += np.where(columns >= 0, values[columns], 0.0)[codes]
        return total

    def log_likelihood(total: NDArray[np.float64]) -> float:
        return float(churned @ total - customers @ np.logaddexp(0, total))

    total = predictor(coefficients)
    likelihood = log_likelihood(total)
    for _ in range(MOST_STEPS):
        chance = special.expit(total)
        surprise = churned - customers * chance
        gradient = np.zeros(size)
        gradient[0] = surprise.sum()
        for codes, columns in coded:
            sums = np.bincount(codes, surprise, len(columns))
            gradient[columns[columns >= 0]] = sums[columns >= 0]
        information = _gram(coded, customers * chance * (1 - chance), size)
        step = linalg.pinvh(information) @ gradient
        for _ in range(MOST_HALVINGS):
            moved = predictor(coefficients + step)
            reached = log_likelihood(moved)
            # Close to the maximum, likelihoods differ by rounding only.
            if reached >= likelihood - 1e-12 * abs(likelihood):
                break
            step /= 2
        coefficients, total, likelihood = coefficients + step, moved, reached
        if np.abs(step).max() < CONVERGED:
            break
        # Beyond this the odds of some cells are zero for a double, and only those still move.
        if np.abs(coefficients).max() > DIVERGED / 2:
            break
    chance = special.expit(total)
    information = _gram(coded, customers * chance * (1 - chance), size)
    return coefficients, np.sqrt(np.diag(linalg.pinvh(information)))
