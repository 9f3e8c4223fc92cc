"""Corrections of p-values for the number of hypotheses tested together."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Holm's step-down adjusted p-values, which hold the family-wise error.

    Args:
        p_values: shape (m,), each in [0, 1]; NaN marks a test that could not be computed and is
            no member of the family.

    Returns:
        Adjusted p-values, shape (m,), NaN where the input is NaN.

    Raises:
        ValueError: a p-value lies outside [0, 1].

    Source: Holm (1979), "A simple sequentially rejective multiple test procedure".
    """
    return _over_family(p_values, _holm)


def benjamini_hochberg(p_values: ArrayLike) -> NDArray[np.float64]:
    """Benjamini-Hochberg adjusted p-values, which hold the false discovery rate.

    Arguments, result and errors are those of :func:`holm`.

    Source: Benjamini and Hochberg (1995), through ``scipy.stats.false_discovery_control``.
    """
    return _over_family(p_values, lambda family: np.asarray(false_discovery_control(family)))


def _holm(family: NDArray[np.float64]) -> NDArray[np.float64]:
    order = np.argsort(family, kind="stable")
    remaining = len(family) - np.arange(len(family))
    adjusted = np.empty_like(family)
    adjusted[order] = np.minimum(np.maximum.accumulate(family[order] * remaining), 1.0)
    return adjusted


def _over_family(
    p_values: ArrayLike, correct: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    all_p_values = np.asarray(p_values, dtype=np.float64)
    in_family = ~np.isnan(all_p_values)
    family = all_p_values[in_family]
    if ((family < 0) | (family > 1)).any():
        raise ValueError("p-values lie between 0 and 1")
    adjusted = np.full(all_p_values.shape, np.nan)
    if len(family):
        adjusted[in_family] = correct(family)
    return adjusted
