"""How many clusters there are: the most that are stable and structured."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from python_steps.clusters.agreement import adjusted_rand
from python_steps.clusters.features import Features, cell_features
from python_steps.clusters.fitting import (
    RESTARTS,
    best_centroids,
    fit_clusters,
    refits,
    silhouettes,
)

# Copies of the data with unrelated attributes, by which structure is judged.
REFERENCES = 3
REFERENCE_CUSTOMERS = 4_000
# How much further apart clusters must stand; without any structure, chance gives up to 0.016.
STRUCTURE_MARGIN = 0.02


def choose_clusters(
    cells: pd.DataFrame,
    attributes: Sequence[Mapping[str, Any]],
    bands: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """How well each number of clusters describes the customers, and which one is chosen.

    Args:
        cells: ``int_cluster_cells``: a ``<attribute>_band_order``, and for ordered attributes a
            ``<attribute>_sum``, per clustered attribute, and ``customers``.
        attributes: the registry entries of the clustered attributes.
        bands: rows of ``int_bands``.
        settings: ``cluster_max``, ``cluster_resamples``, ``cluster_min_rand``, ``random_seed``.

    Returns:
        A row per number of clusters from 1 to ``cluster_max``: ``cluster_count``; ``silhouette``
        (the simplified one, on distances to centroids: Hruschka et al. 2006);
        ``reference_silhouette``, the largest one found where every feature is drawn on its own, so
        that nothing goes together (after Tibshirani, Walther and Hastie 2001); ``adjusted_rand``,
        the mean agreement with clusters fitted to resampled customers; ``is_stable``, at least
        ``cluster_min_rand``; ``is_structured``, a silhouette at least ``STRUCTURE_MARGIN`` above
        the reference; and ``is_chosen``: the largest number that is both, or 1. The figures of 1
        are NaN.
    """
    features = cell_features(cells, attributes, bands)
    different = len(np.unique(features.values, axis=0)) if len(cells) else 0
    most = min(settings["cluster_max"], different)
    rows: list[tuple[int, float, float, float]] = [(1, np.nan, np.nan, np.nan)]
    # One thread: with more, sums round in whatever order the threads finish.
    with threadpool_limits(1):
        for count in range(2, most + 1):
            random = np.random.default_rng([settings["random_seed"], count])
            centroids, labels = fit_clusters(features, count, settings["random_seed"])
            own = silhouettes(features.values, centroids)
            agreements = [
                adjusted_rand(labels, again, features.weights)
                for again in refits(features, centroids, settings["cluster_resamples"], random)
            ]
            rows.append(
                (
                    count,
                    float(np.average(own, weights=features.weights)),
                    _reference_silhouette(features, count, random),
                    float(np.mean(agreements)) if agreements else np.nan,
                )
            )
    columns = ["cluster_count", "silhouette", "reference_silhouette", "adjusted_rand"]
    table = pd.DataFrame(rows, columns=columns)
    table["is_stable"] = table["adjusted_rand"] >= settings["cluster_min_rand"]
    beyond = table["silhouette"] - table["reference_silhouette"]
    table["is_structured"] = beyond >= STRUCTURE_MARGIN
    accepted = table.loc[table["is_stable"] & table["is_structured"], "cluster_count"]
    table["is_chosen"] = table["cluster_count"] == (accepted.max() if len(accepted) else 1)
    return table


def _reference_silhouette(features: Features, count: int, random: np.random.Generator) -> float:
    """The largest silhouette of data whose features have nothing to do with each other."""
    total = features.weights.sum()
    shares, size = features.weights / total, int(min(total, REFERENCE_CUSTOMERS))
    largest = -1.0
    for number in range(REFERENCES):
        values = np.column_stack(
            [
                column[random.choice(len(column), size=size, p=shares)]
                for column in features.values.T
            ]
        )
        centroids = best_centroids(values, np.ones(len(values)), count, number, RESTARTS)
        largest = max(largest, float(silhouettes(values, centroids).mean()))
    return largest
