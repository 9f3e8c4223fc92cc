"""How far two clusterings agree."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from python_steps.clusters.features import Numbers


def adjusted_rand(one: NDArray[np.int64], other: NDArray[np.int64], weights: Numbers) -> float:
    """The agreement of two clusterings of weighted cells: 1 is perfect, 0 is chance.

    Args:
        one, other: shape (cells,), labels from 0.
        weights: shape (cells,), how many customers each cell has, whole numbers.

    Source: Hubert and Arabie (1985).
    """

    def pairs(counts: Numbers) -> float:
        return float((counts * (counts - 1) / 2).sum())

    table = _crossed(one, other, weights)
    together, of_one, of_other = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    everything = pairs(np.array([weights.sum()]))
    expected = of_one * of_other / everything if everything else 0.0
    most = (of_one + of_other) / 2
    return 1.0 if most == expected else (together - expected) / (most - expected)


def _crossed(one: NDArray[np.int64], other: NDArray[np.int64], weights: Numbers) -> Numbers:
    """The weight of each pair of labels."""
    shape = int(one.max()) + 1, int(other.max()) + 1
    place = one * shape[1] + other
    crossed: Numbers = np.bincount(place, weights, minlength=shape[0] * shape[1]).astype(float)
    return crossed.reshape(shape)


def matched(
    labels: NDArray[np.int64], again: NDArray[np.int64], weights: Numbers
) -> NDArray[np.int64]:
    """New labels, renamed after the old ones with which they share the most customers."""
    old, new = linear_sum_assignment(_crossed(labels, again, weights), maximize=True)
    renamed = np.full(int(again.max()) + 1, -1)
    renamed[new] = old
    return renamed[again]
