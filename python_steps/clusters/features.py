"""What a cell of the cube is measured by when customers are grouped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from python_steps.common.errors import ChurnError

Numbers = NDArray[np.float64]
# Standardised, a rarer flag would stand so far out that its few customers became a cluster.
MISSING_FEATURE_SHARE = 0.01
# Robust deviations beyond which a value counts as no more extreme.
FARTHEST = 3.0


@dataclass(frozen=True)
class Features:
    """What the clusters are made of.

    Attributes:
        values: shape (cells, features), standardised.
        meanings: of each feature the attribute and what a high value says: ``high``, ``missing``
            or a nominal band.
        weights: shape (cells,), customers.
    """

    values: Numbers
    meanings: tuple[tuple[str, str], ...]
    weights: Numbers


def clustered_attributes(settings: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The registry entries of the attributes that take part.

    Raises:
        ChurnError: a name is not in the registry, or a var has a value without a meaning.
    """
    registry = {attribute["name"]: attribute for attribute in settings["attributes"]}
    unknown = [name for name in settings["cluster_attributes"] if name not in registry]
    if unknown:
        raise ChurnError(
            f"cluster_attributes names {', '.join(unknown)}; known are {', '.join(registry)}. "
            "Change it in vars.yml."
        )
    for var, least in (("cluster_max", 1), ("cluster_resamples", 1)):
        if not isinstance(settings[var], int) or settings[var] < least:
            raise ChurnError(f"{var} is {settings[var]!r}; it must be a whole number, at least 1.")
    return [one for one in registry.values() if one["name"] in settings["cluster_attributes"]]


def cell_features(
    cells: pd.DataFrame,
    attributes: Sequence[Mapping[str, Any]],
    bands: Sequence[Mapping[str, Any]],
) -> Features:
    """The standardised features of the cells.

    Ordered attributes are measured from their median in robust deviations (the interquartile
    range / 1.349, which is the standard deviation of a normal distribution), at most ``FARTHEST``;
    money enters by its logarithm, sign(x) log(1 + |x|). A nominal band is 1 or 0, standardised. A
    missing value leaves the attribute's own feature at the median; where values are often missing,
    that they are is a feature of its own.
    """
    weights = cells["customers"].to_numpy(float)
    columns: list[Numbers] = []
    meanings: list[tuple[str, str]] = []
    for attribute in attributes:
        name = attribute["name"]
        band_orders = cells[f"{name}_band_order"].to_numpy()
        known = band_orders != 0
        if attribute["type"] in ("number", "integer"):
            sums = cells[f"{name}_sum"].to_numpy(float)
            means = np.where(known, sums, 0.0) / weights
            if attribute.get("unit") == "money":
                means = np.sign(means) * np.log1p(np.abs(means))
            columns.append(_robust(means, weights, known))
            meanings.append((name, "high"))
        else:
            # Two bands differ in one feature; more get a feature each but the first.
            said = {one["band_order"]: one["band"] for one in bands if one["attribute"] == name}
            for band in np.unique(band_orders[known])[1:].tolist():
                columns.append(_standardise(band_orders == band, weights))
                meanings.append((name, said[band]))
        missing_share = np.average(~known, weights=weights) if len(cells) else 0
        if MISSING_FEATURE_SHARE <= missing_share < 1:
            columns.append(_standardise(~known, weights))
            meanings.append((name, "missing"))
    varying = [place for place, column in enumerate(columns) if column.any()]
    values = [columns[place] for place in varying] or [np.zeros(len(cells))]
    return Features(np.column_stack(values), tuple(meanings[place] for place in varying), weights)


def _weighted_quantiles(values: Numbers, weights: Numbers, shares: Sequence[float]) -> Numbers:
    """The smallest values at or below which at least these shares of the weight lie."""
    order = np.argsort(values, kind="stable")
    up_to = np.cumsum(weights[order])
    places = np.searchsorted(up_to, np.asarray(shares) * up_to[-1])
    quantiles: Numbers = values[order][places]
    return quantiles


def _robust(values: Numbers, weights: Numbers, known: NDArray[np.bool_]) -> Numbers:
    if not known.any():
        return np.zeros_like(values)
    own, of = values[known], weights[known]
    low, median, high = _weighted_quantiles(own, of, (0.25, 0.5, 0.75))
    deviation = (high - low) / 1.349
    if deviation <= 0:
        # Most have the same value: what the others have is told by the usual deviation.
        mean = np.average(own, weights=of)
        deviation = np.sqrt(np.average((own - mean) ** 2, weights=of))
    # A constant differs from its own mean by rounding only.
    if deviation <= 1e-12 * max(1.0, abs(median)):
        return np.zeros_like(values)
    standardised = np.clip((values - median) / deviation, -FARTHEST, FARTHEST)
    return np.where(known, standardised, 0.0)


def _standardise(flags: NDArray[np.bool_], weights: Numbers) -> Numbers:
    share = float(np.average(flags, weights=weights))
    if not 0 < share < 1:
        return np.zeros(len(flags))
    standardised: Numbers = (flags - share) / np.sqrt(share * (1 - share))
    return standardised
