"""k-means on the cells of the churn cube.

A cell stands for its customers by their mean features, weighted by their number, so that the fit
costs the same for any number of customers. Every customer of a cell belongs to its cluster. A
number of clusters is only accepted where resampled customers give the same clusters and where they
stand further apart than those of unrelated attributes would.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from python_steps.errors import ChurnError
from python_steps.segment_rules import (
    LANGUAGES,
    capitalised,
    interval,
    label,
    missing,
    own_words,
    value,
)

Numbers = NDArray[np.float64]

# Standardised, a rarer flag would stand so far out that its few customers became a cluster.
MISSING_FEATURE_SHARE = 0.01
# Robust deviations beyond which a value counts as no more extreme.
FARTHEST = 3.0
# The fit looks at so many customers at most, drawn at random: more do not move the centres.
FITTED_CUSTOMERS = 20_000
# Random starts of a fit, and of each fit to resampled or unrelated data.
STARTS = 10
RESTARTS = 3
# Copies of the data with unrelated attributes, by which structure is judged.
REFERENCES = 3
REFERENCE_CUSTOMERS = 4_000
# How much further apart clusters must stand; without any structure, chance gives up to 0.016.
STRUCTURE_MARGIN = 0.02
# A name says what differs by at least this many standard deviations, and at most so much of it.
NAMED_DIFFERENCE = 0.6
NAMED_FEATURES = 3


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
            "Change it in dbt_project.yml."
        )
    for var, least in (("cluster_max", 1), ("cluster_resamples", 1)):
        if not isinstance(settings[var], int) or settings[var] < least:
            raise ChurnError(f"{var} is {settings[var]!r}; it must be a whole number, at least 1.")
    return [one for one in registry.values() if one["name"] in settings["cluster_attributes"]]


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
            centroids, labels = _fit(features, count, settings["random_seed"])
            silhouettes = _silhouettes(features.values, centroids)
            agreements = [
                adjusted_rand(labels, again, features.weights)
                for again in _refits(features, centroids, settings["cluster_resamples"], random)
            ]
            rows.append(
                (
                    count,
                    float(np.average(silhouettes, weights=features.weights)),
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
            centroids, labels = _fit(features, count, settings["random_seed"])
            silhouette = _silhouettes(features.values, centroids)
            stays = [
                _matched(labels, again, features.weights) == labels
                for again in _refits(features, centroids, settings["cluster_resamples"], random)
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


def cluster_names(
    features: Features,
    cluster_ids: NDArray[np.int64],
    attributes: Sequence[Mapping[str, Any]],
    language: str,
) -> list[str]:
    """What to call each cluster: by what sets its customers apart from all.

    Args:
        features: of the cells.
        cluster_ids: shape (cells,), from 1.
        attributes: the registry entries of the clustered attributes.
        language: one of ``LANGUAGES``.

    Returns:
        A name per cluster, all different.
    """
    registry = {attribute["name"]: attribute for attribute in attributes}
    values, weights = features.values, features.weights
    # Without a feature that varies there is one that does not.
    meanings = features.meanings or (("", ""),)
    overall = np.average(values, axis=0, weights=weights)
    deviation = np.sqrt(np.average((values - overall) ** 2, axis=0, weights=weights))
    names: list[str] = []
    for cluster in range(1, int(cluster_ids.max()) + 1):
        inside = cluster_ids == cluster
        mean = np.average(values[inside], axis=0, weights=weights[inside])
        difference = (mean - overall) / np.where(deviation > 0, deviation, 1)
        telling: dict[str, str] = {}
        order = np.argsort(-np.abs(difference), kind="stable").tolist()
        # That a value is known says least: it comes last.
        order.sort(key=lambda one: bool(difference[one] < 0) and "missing" in meanings[one])
        for place in order:
            name, meaning = meanings[place]
            # What is said of an attribute first says most of it.
            is_telling = abs(difference[place]) >= NAMED_DIFFERENCE and name not in telling
            if is_telling and len(telling) < NAMED_FEATURES:
                is_more = bool(difference[place] > 0)
                telling[name] = _feature_words(registry[name], meaning, is_more, language)
        usual = {"en": "Usual customers", "ru": "Обычные клиенты"}[language]
        if cluster_ids.max() == 1:
            usual = {"en": "All customers", "ru": "Все клиенты"}[language]
        name = capitalised(", ".join(telling.values())) or usual
        names.append(name if name not in names else f"{name} ({cluster})")
    return names


def _feature_words(attribute: Mapping[str, Any], meaning: str, is_more: bool, language: str) -> str:
    """What a high or low value of a feature says."""
    words, called = own_words(attribute, language), label(attribute, language)
    if meaning == "high":
        key = "high" if is_more else "low"
        sayings = {
            "en": {"high": f"high {called}", "low": f"low {called}"},
            "ru": {"high": f"{called}: много", "low": f"{called}: мало"},
        }
        return words.get(key, sayings[language][key])
    if meaning == "missing":
        return (
            (missing(attribute) if is_more else interval(attribute, None, None))
            .words[language]
            .name
        )
    if attribute["type"] == "boolean" and not is_more:
        meaning, is_more = {"yes": "no", "no": "yes"}[meaning], True
    said = value(attribute, meaning).words[language].name
    return said if is_more else {"en": "not ", "ru": "не "}[language] + said


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


def _matched(
    labels: NDArray[np.int64], again: NDArray[np.int64], weights: Numbers
) -> NDArray[np.int64]:
    """New labels, renamed after the old ones with which they share the most customers."""
    old, new = linear_sum_assignment(_crossed(labels, again, weights), maximize=True)
    renamed = np.full(int(again.max()) + 1, -1)
    renamed[new] = old
    return renamed[again]


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


def _fit(features: Features, count: int, seed: int) -> tuple[Numbers, NDArray[np.int64]]:
    """Centroids, and the nearest one of every cell."""
    weights = features.weights
    if weights.sum() > FITTED_CUSTOMERS:
        drawn = _drawn(weights, np.random.default_rng([seed, 0]))
        # Where nearly all customers are in one cell, a sample may hold too few others.
        weights = drawn if np.count_nonzero(drawn) >= count else weights
    centroids = _centroids(features.values, weights, count, seed, STARTS)
    return centroids, _nearest(features.values, centroids)


def _centroids(
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


def _refits(
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
            again = _centroids(features.values, weights, count, number, RESTARTS, centroids)
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


def _silhouettes(values: Numbers, centroids: Numbers) -> Numbers:
    nearest = np.sort(_distances(values, centroids), axis=1)
    own, next_one = nearest[:, 0], nearest[:, 1]
    silhouettes: Numbers = (next_one - own) / np.maximum(next_one, np.finfo(float).tiny)
    return silhouettes


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
        centroids = _centroids(values, np.ones(len(values)), count, number, RESTARTS)
        largest = max(largest, float(_silhouettes(values, centroids).mean()))
    return largest
