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
from python_steps.statistics.penalised import (
    Coded,
    PenalisedLogit,
    Point,
    gram_matrix,
    variance_inflation,
)
from python_steps.statistics.proportions import odds_ratio

# Of so many who left, and who stayed, Wald's interval is as good as that of the profile.
MANY = 30
# A profile looks at all cells some sixteen times, each time at all pairs of attributes; so many
# looks are a matter of ten seconds. The rarest bands come first, the others have Wald's.
PROFILE_LOOKS = 16
MOST_LOOKS = 1_000_000_000
# A part of a column that the columns before it leave unexplained below this is rounding.
COLLINEAR = 1e-9

COLUMNS: dict[str, type] = {
    "attribute": str, "band_order": int, "band": str, "reference_band": str, "customers": int,
    "churned": int, "crude_odds_ratio": float, "crude_odds_ratio_low": float,
    "crude_odds_ratio_high": float, "odds_ratio": float, "odds_ratio_low": float,
    "odds_ratio_high": float, "coefficient": float, "standard_error": float, "p_value": float,
    "p_value_holm": float, "interval_kind": str, "variance_inflation": float, "note": str,
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

    The reference is the largest band with a value of which some left and some stayed.

    Args:
        cube: the cells of ``int_churn_cube``: a ``<attribute>_band_order`` per attribute,
            ``customers`` and ``churned``; equal cells may be summed before, as they cost time.
        attributes: the var ``attributes``.
        bands: rows of ``int_bands``.

    Returns:
        A row per attribute and band that occurs, with the columns of the ``adjusted_effects``
        mart. Missing is a band like the others. The intervals and p-values of bands of which fewer
        than 30 left, or stayed, are those of the profile of the penalised likelihood, the rarest
        first where there are too many to do all (``MOST_LOOKS``), the others, and those whose
        profile has an end that is not found, Wald's. Null with a note is what cannot be told from
        other bands, and everything where nobody or everybody left.

    Source: Firth (1993); Heinze and Schemper (2002).
    """
    names = {(band["attribute"], band["band_order"]): band["band"] for band in bands}
    customers = cube["customers"].to_numpy(np.int64)
    churned = cube["churned"].to_numpy(np.int64)
    factors = []
    for attribute in attributes:
        orders, codes = np.unique(cube[f"{attribute['name']}_band_order"], return_inverse=True)
        columns = np.full(len(orders), -1)
        factors.append(_Factor(codes.astype(np.int32), orders.astype(np.int64), columns))
    # Threads of the linear algebra would add in another order.
    with threadpool_limits(1):
        references, size = _lay_out(factors, customers, churned)
        model = best = None
        if 0 < churned.sum() < customers.sum():
            model = PenalisedLogit(_coded(factors), customers, churned, size)
            best = model.fit()
        profiled = _to_profile(factors, customers, churned, size)
        rows = []
        for attribute, factor, reference in zip(attributes, factors, references, strict=True):
            sizes, leavers = (_per_band(factor, counts) for counts in (customers, churned))
            own = [column for column in factor.columns.tolist() if column >= 0]
            inflation = NAN if best is None else variance_inflation(best.covariance, own)
            for place, order in enumerate(factor.orders.tolist()):
                column = int(factor.columns[place])
                effect = _effect(column, model, best, column in profiled)
                crude, crude_low, crude_high = _crude(sizes, leavers, place, reference)
                if place == reference:
                    effect.update(coefficient=0.0, odds_ratio=1.0)
                row = {
                    "attribute": attribute["name"],
                    "band_order": order,
                    "band": names[attribute["name"], order],
                    "reference_band": names[attribute["name"], int(factor.orders[reference])]
                    if reference >= 0
                    else "",
                    "customers": sizes[place],
                    "churned": leavers[place],
                    "crude_odds_ratio": crude,
                    "crude_odds_ratio_low": crude_low,
                    "crude_odds_ratio_high": crude_high,
                    "variance_inflation": inflation,
                    **effect,
                }
                said = "reference" if place == reference else factor.notes.get(place, "")
                rows.append({**row, "note": said or _note(row)})
    effects = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "p_value_holm"])
    effects["p_value_holm"] = holm(effects["p_value"].to_numpy(float))
    return effects[list(COLUMNS)].astype(COLUMNS)


def _to_profile(
    factors: Sequence[_Factor],
    customers: NDArray[np.int64],
    churned: NDArray[np.int64],
    size: int,
) -> set[int]:
    """The columns of the bands of which few left or stayed, as many as time allows."""
    rare = []
    for factor in factors:
        sizes, leavers = (_per_band(factor, counts) for counts in (customers, churned))
        fewer = np.minimum(leavers, sizes - leavers)
        rare += [
            (int(number), column)
            for number, column in zip(fewer, factor.columns.tolist(), strict=True)
            if column >= 0 and number < MANY
        ]
    looks = PROFILE_LOOKS * (len(customers) * len(factors) ** 2 + size**3)
    return {column for _, column in sorted(rare)[: MOST_LOOKS // max(looks, 1)]}


def _effect(
    column: int, model: PenalisedLogit | None, best: Point | None, is_profiled: bool
) -> dict[str, Any]:
    """A coefficient with its interval, and the odds ratio of both."""
    names = ("coefficient", "standard_error", "odds_ratio", "odds_ratio_low", "odds_ratio_high")
    effect: dict[str, Any] = dict.fromkeys([*names, "p_value"], NAN) | {"interval_kind": ""}
    if model is None or best is None or column < 0:
        return effect
    coefficient = float(best.coefficients[column])
    error = math.sqrt(best.covariance[column, column])
    low, high, kind = coefficient - Z_95 * error, coefficient + Z_95 * error, "wald"
    p_value = 2 * float(special.ndtr(-abs(coefficient) / error))
    ends = [model.bound(best, column, side) for side in (-1, 1)] if is_profiled else []
    if ends and not any(map(math.isnan, ends)):
        (low, high), kind = ends, "profile"
        drop = best.likelihood - model.without(best, column)
        p_value = float(special.chdtrc(1, 2 * max(0.0, drop)))
    return {
        "coefficient": coefficient,
        "standard_error": error,
        "odds_ratio": math.exp(coefficient),
        "odds_ratio_low": math.exp(low),
        "odds_ratio_high": math.exp(high),
        "p_value": p_value,
        "interval_kind": kind,
    }


def _note(row: Mapping[str, Any]) -> str:
    """What a reader of the odds ratio should know."""
    if not row["churned"]:
        return "nobody left"
    if row["churned"] == row["customers"]:
        return "everybody left"
    ends = [
        (row["crude_odds_ratio_low"], row["crude_odds_ratio_high"]),
        (row["odds_ratio_low"], row["odds_ratio_high"]),
    ]
    above, below = [low > 1 for low, _ in ends], [high < 1 for _, high in ends]
    if (above[0] and below[1]) or (below[0] and above[1]):
        return (
            f"turns over: {row['crude_odds_ratio']:.2g} alone, {row['odds_ratio']:.2g} with the "
            "other attributes, with which its bands go together (generalised variance inflation "
            f"{row['variance_inflation']:.1f})"
        )
    return ""


def _per_band(factor: _Factor, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    # Doubles hold counts exactly.
    totals = np.bincount(factor.codes, counts, len(factor.orders))
    return totals.astype(np.int64)


def _crude(
    sizes: NDArray[np.int64], leavers: NDArray[np.int64], place: int, reference: int
) -> tuple[float, float, float]:
    if reference < 0:
        return NAN, NAN, NAN
    if place == reference:
        return 1.0, NAN, NAN
    table = [[leavers[one], sizes[one] - leavers[one]] for one in (place, reference)]
    return odds_ratio([[float(cell) for cell in row] for row in table])


def _lay_out(
    factors: Sequence[_Factor], customers: NDArray[np.int64], churned: NDArray[np.int64]
) -> tuple[list[int], int]:
    """Give each band but its attribute's reference a column.

    Returns the places of the references, and how many columns there are with the intercept.

    Columns that others explain get none: they are found by a Cholesky decomposition in order.
    """
    references = []
    column = 1
    for factor in factors:
        sizes = _per_band(factor, customers)
        leavers = _per_band(factor, churned)
        # Against a band of which nobody left, every odds ratio would hang on the penalty. Missing
        # stands for itself only, unless there is nothing else.
        has_value, is_mixed = factor.orders != 0, (leavers > 0) & (leavers < sizes)
        eligible = next(
            (sizes * one for one in (has_value & is_mixed, has_value) if (sizes * one).any()),
            sizes,
        )
        reference = int(np.argmax(eligible)) if sizes.any() else -1
        references.append(reference)
        for place in range(len(factor.orders)):
            if place != reference:
                factor.columns[place] = column
                column += 1
    gram = gram_matrix(_coded(factors), customers.astype(float), column)
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
    return references, int(kept.sum())


def _coded(factors: Sequence[_Factor]) -> Coded:
    """The codes of the cells, and the columns of the bands, of each factor."""
    return [(factor.codes, factor.columns) for factor in factors]
