"""k-means on weighted cells."""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from python_steps.clusters.features import Features, Numbers

# The fit looks at so many customers at most, drawn at random: more do not move the centres.
FITTED_CUSTOMERS = 20_000
# Random starts of a fit, and of each fit to resampled or unrelated data.
STARTS = 30
RESTARTS = 3


def fit_clusters(features: Features, count: int, seed: int) -> tuple[Numbers, NDArray[np.int64]]:
    """Centroids, and the nearest one of every cell."""
    weights = features.weights
    if weights.sum() > FITTED_CUSTOMERS:
        drawn = _drawn(weights, np.random.default_rng([seed, 0]))
        # Where nearly all customers are in one cell, a sample may hold too few others.
        weights = drawn if np.count_nonzero(drawn) >= count else weights
    centroids = best_centroids(features.values, weights, count, seed, STARTS)
    return centroids, _nearest(features.values, centroids)


def best_centroids(
    values: Numbers,
    weights: Numbers,
    count: int,
    seed: int,
    starts: int,
    known: Numbers | None = None,
) -> Numbers:
    """The best centroids of several random starts, and of a start from known ones."""
    used = weights > 0
    values, weights = values[used], weights[used]
    models = [KMeans(n_clusters=count, n_init=starts, random_state=seed)]
    if known is not None:
        models.append(KMeans(n_clusters=count, n_init=1, init=known))
    fitted = [model.fit(values, sample_weight=weights) for model in models]
    best: Numbers = min(fitted, key=lambda model: float(model.inertia_)).cluster_centers_
    return best


def _nearest(values: Numbers, centroids: Numbers) -> NDArray[np.int64]:
    nearest: NDArray[np.int64] = _distances(values, centroids).argmin(axis=1)
    return nearest


def _drawn(weights: Numbers, random: np.random.Generator) -> Numbers:
    """A sample with replacement of the customers, as many as the fit looks at."""
    total = weights.sum()
    number = int(min(total, FITTED_CUSTOMERS))
    drawn: Numbers = random.multinomial(number, weights / total).astype(np.float64)
    return drawn


def refits(
    features: Features,
    centroids: Numbers,
    resamples: int,
    random: np.random.Generator,
) -> list[NDArray[np.int64]]:
    """The labels of all cells by fits to resampled customers.

    One start is from the centroids of all customers, so that a fit differs from theirs where the
    resample has a better one, not where the random starts were unlucky.
    """
    count, labels = len(centroids), []
    for number in range(resamples):
        weights = _drawn(features.weights, random)
        if np.count_nonzero(weights) >= count:
            again = best_centroids(features.values, weights, count, number, RESTARTS, centroids)
            labels.append(_nearest(features.values, again))
    return labels


def _distances(values: Numbers, centroids: Numbers) -> Numbers:
    # In one array that is used again, as new ones take longer than the sums.
    difference = np.empty_like(values)
    distances = np.empty((len(values), len(centroids)))
    for place, one in enumerate(centroids):
        np.subtract(values, one, out=difference)
        np.einsum("ij,ij->i", difference, difference, out=distances[:, place])
    return np.sqrt(distances, out=distances)


def silhouettes(values: Numbers, centroids: Numbers) -> Numbers:
    """How much nearer each value is to its own centroid than to the next, shape (cells,)."""
    nearest = np.sort(_distances(values, centroids), axis=1)
    own, next_one = nearest[:, 0], nearest[:, 1]
    ratio: Numbers = (next_one - own) / np.maximum(next_one, np.finfo(float).tiny)
    return ratio
