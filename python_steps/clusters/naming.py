"""What to call a cluster."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from python_steps.clusters.features import Features
from python_steps.common.conditions import capitalised, interval, label, missing, own_words, value

# A name says what differs by at least this many standard deviations, and at most so much of it.
NAMED_DIFFERENCE = 0.6
NAMED_FEATURES = 3


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
