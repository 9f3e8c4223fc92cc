"""k-means on the cells of the churn cube.

A cell stands for its customers by their mean features, weighted by their number, so that the fit
costs the same for any number of customers. Every customer of a cell belongs to its cluster.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

# Standardised, a rarer flag would stand so far out that its few customers became a cluster.
MISSING_FEATURE_SHARE = 0.01


def cluster_cells(
    cells: pd.DataFrame, attributes: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]
) -> pd.DataFrame:
    """Assign every cell of the cube to a cluster of customers who use the bank alike.

    Args:
        cells: ``int_cluster_cells``: a ``<attribute>_band_order``, and for ordered attributes a
            ``<attribute>_sum``, per clustered attribute, and ``customers``.
        attributes: the registry entries of the clustered attributes.
        settings: ``cluster_count``, ``cluster_resamples`` and ``random_seed``.

    Returns:
        The band orders and, per cell: ``cluster_id`` from 1 (the largest) on, ``silhouette`` (the
        simplified one, on distances to centroids: Hruschka et al. 2006) and ``stability``, the
        share of the resamples in which the cell falls into the matching cluster.
        ``adjusted_rand`` is the mean agreement of the resampled clusterings with this one, the
        same in every row.
    """
    orders = [f"{attribute['name']}_band_order" for attribute in attributes]
    result = cells[orders].copy()
    if cells.empty:
        return result.assign(
            cluster_id=0, silhouette=np.nan, stability=np.nan, adjusted_rand=np.nan
        )
    weights = cells["customers"].to_numpy(float)
    features = cell_features(cells, attributes)
    count = min(settings["cluster_count"], len(np.unique(features, axis=0)))
    seed = settings["random_seed"]
    # One thread: with more, sums round in whatever order the threads finish.
    with threadpool_limits(1):
        centroids, labels = _fit(features, weights, count, seed)
        silhouette = _silhouette(features, centroids, labels)
        stability, rand = _stability(
            features, weights, centroids, labels, settings["cluster_resamples"], seed
        )
    size = np.bincount(labels, weights=weights, minlength=count)
    rank = np.empty(count, dtype=np.int64)
    rank[np.lexsort((np.arange(count), -size))] = np.arange(1, count + 1)
    return result.assign(
        cluster_id=rank[labels], silhouette=silhouette, stability=stability, adjusted_rand=rand
    )


def cell_features(
    cells: pd.DataFrame, attributes: Sequence[Mapping[str, Any]]
) -> NDArray[np.float64]:
    """The standardised features of the cells, shape (cells, features).

    Money enters by its logarithm, as it is heavy-tailed: sign(x) log(1 + |x|). A missing value
    leaves the attribute's own feature at the mean; where values are often missing, that they are
    is a feature of its own. Every feature has mean 0 and standard deviation 1 over the customers.
    """
    weights = cells["customers"].to_numpy(float)
    columns = []
    for attribute in attributes:
        band_orders = cells[f"{attribute['name']}_band_order"].to_numpy()
        known = band_orders != 0
        if attribute["type"] in ("number", "integer"):
            sums = cells[f"{attribute['name']}_sum"].to_numpy(float)
            means = np.where(known, sums, 0.0) / weights
            if attribute.get("unit") == "money":
                means = np.sign(means) * np.log1p(np.abs(means))
            columns.append(_standardise(means, weights, known))
        else:
            # Booleans have two bands; nominal attributes with more get a feature per band.
            for band in np.unique(band_orders[known])[1:]:
                columns.append(_standardise((band_orders == band) * 1.0, weights, known))
        missing_share = np.average(~known, weights=weights)
        if MISSING_FEATURE_SHARE <= missing_share < 1:
            columns.append(_standardise((~known) * 1.0, weights, np.ones_like(known)))
    varying = [column for column in columns if column.any()]
    return np.column_stack(varying) if varying else np.zeros((len(cells), 1))


def _standardise(
    values: NDArray[np.float64], weights: NDArray[np.float64], known: NDArray[np.bool_]
) -> NDArray[np.float64]:
    if not known.any():
        return np.zeros_like(values)
    mean = np.average(values[known], weights=weights[known])
    deviation = np.sqrt(np.average((values[known] - mean) ** 2, weights=weights[known]))
    # A constant differs from its own mean by rounding only.
    if deviation <= 1e-12 * max(1.0, abs(mean)):
        return np.zeros_like(values)
    return np.where(known, (values - mean) / deviation, 0.0)


def _fit(
    features: NDArray[np.float64], weights: NDArray[np.float64], count: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    model = KMeans(n_clusters=count, n_init=10, random_state=seed)
    labels = model.fit_predict(features, sample_weight=weights)
    return model.cluster_centers_, labels.astype(np.int64)


def _distances(
    features: NDArray[np.float64], centroids: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.stack([np.linalg.norm(features - one, axis=1) for one in centroids], axis=1)


def _silhouette(
    features: NDArray[np.float64], centroids: NDArray[np.float64], labels: NDArray[np.int64]
) -> NDArray[np.float64]:
    if len(centroids) < 2:
        return np.full(len(features), np.nan)
    distances = _distances(features, centroids)
    rows = np.arange(len(features))
    own = distances[rows, labels]
    distances[rows, labels] = np.inf
    nearest = distances.min(axis=1)
    silhouette: NDArray[np.float64] = (nearest - own) / np.maximum(
        np.maximum(nearest, own), np.finfo(float).tiny
    )
    return silhouette


def _stability(
    features: NDArray[np.float64],
    weights: NDArray[np.float64],
    centroids: NDArray[np.float64],
    labels: NDArray[np.int64],
    resamples: int,
    seed: int,
) -> tuple[NDArray[np.float64], float]:
    """Refit on resampled customers: how often a cell stays, and the mean adjusted Rand index.

    A resample draws each cell's customers from a Poisson distribution around their number, the
    large-sample form of the bootstrap.
    """
    if resamples == 0 or len(centroids) < 2:
        return np.full(len(features), np.nan), np.nan
    generator = np.random.default_rng(seed)
    stays = np.zeros(len(features))
    agreement = []
    for _ in range(resamples):
        drawn = generator.poisson(weights).astype(float)
        model = KMeans(n_clusters=len(centroids), n_init=1, init=centroids)
        model.fit(features, sample_weight=drawn)
        again = _distances(features, model.cluster_centers_).argmin(axis=1)
        stays += again == labels
        agreement.append(adjusted_rand_score(labels, again))
    return stays / resamples, float(np.mean(agreement))
