"""Which cluster each cell of the cube belongs to."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from python_steps.clusters.agreement import matched
from python_steps.clusters.features import cell_features
from python_steps.clusters.fitting import fit_clusters, refits, silhouettes
from python_steps.clusters.naming import cluster_names
from python_steps.common.conditions import LANGUAGES


def cluster_cells(
    cells: pd.DataFrame,
    attributes: Sequence[Mapping[str, Any]],
    bands: Sequence[Mapping[str, Any]],
    count: int,
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """Assign every cell of the cube to a cluster of customers who use the bank alike.

    Args:
        cells, attributes, bands: as in :func:`choose_clusters`.
        count: how many clusters.
        settings: ``cluster_resamples`` and ``random_seed``.

    Returns:
        The band orders and, per cell: ``cluster_id`` from 1 (the largest) on; ``name`` and
        ``name_ru`` of the cluster; ``silhouette``; and ``stability``, the share of the resamples
        in which the cell falls into the matching cluster. Both are NaN for one cluster.
    """
    result = cells[[f"{attribute['name']}_band_order" for attribute in attributes]].copy()
    if cells.empty:
        return result.assign(cluster_id=0, name="", name_ru="", silhouette=np.nan, stability=np.nan)
    features = cell_features(cells, attributes, bands)
    silhouette = stability = np.full(len(cells), np.nan)
    labels = np.zeros(len(cells), dtype=np.int64)
    if count > 1:
        # Not the numbers with which the count was chosen.
        random = np.random.default_rng([settings["random_seed"], 0, 1])
        with threadpool_limits(1):
            centroids, labels = fit_clusters(features, count, settings["random_seed"])
            silhouette = silhouettes(features.values, centroids)
            stays = [
                matched(labels, again, features.weights) == labels
                for again in refits(features, centroids, settings["cluster_resamples"], random)
            ]
        stability = np.mean(stays, axis=0) if stays else stability
    size = np.bincount(labels, weights=features.weights, minlength=count)
    rank = np.empty(count, dtype=np.int64)
    rank[np.lexsort((np.arange(count), -size))] = np.arange(1, count + 1)
    names = {
        language: cluster_names(features, rank[labels], attributes, language)
        for language in LANGUAGES
    }
    return result.assign(
        cluster_id=rank[labels],
        name=np.array(names["en"], dtype=object)[rank[labels] - 1],
        name_ru=np.array(names["ru"], dtype=object)[rank[labels] - 1],
        silhouette=silhouette,
        stability=stability,
    )
