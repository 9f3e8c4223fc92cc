"""Conditions on attributes, as SQL and in words of each language.

An attribute is described by its entry in the registry, the var ``attributes``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
from babel.numbers import get_decimal_symbol

from python_steps.common import languages
from python_steps.common.languages import N_, translations

# Those in which the published tables have names and rules.
LANGUAGES = ("en", "ru")
# Values of nominal attributes that are our own words; all others are the bank's.
_OUR_VALUES = {
    N_("yes"), N_("no"), N_("male"), N_("female"), N_("other"), N_("missing"), N_("all values"),
}  # fmt: skip
# How ranges and numbers are said. An attribute's own words are in the registry.
_SAYINGS = {
    "under": N_("under {upper}"),
    "at_most": N_("at most {upper}"),
    "or_more": N_("{lower} or more"),
    "above": N_("above {lower}"),
    "between": N_("{lower} to {upper}"),
    "whole": N_("{lower}-{upper}"),
    "one": N_("{upper}"),
    "known": N_("{label} known"),
    "missing": N_("{label} missing"),
    "million": N_("{number} million"),
    "thousand": N_("{number} thousand"),
    "and": N_("{first} and {second}"),
}


@dataclass(frozen=True)
class Words:
    """A condition in one language.

    Attributes:
        name: as a person would call it, part of a segment's name: "aged 25-34".
        rule: the attribute and its value, part of a rule: "age 25-34".
    """

    name: str
    rule: str


@dataclass(frozen=True)
class Condition:
    """One condition on one attribute.

    Attributes:
        attribute: the column's name in ``customers``.
        sql: a WHERE condition over ``customers``, true for members only.
        words: the condition in each of ``LANGUAGES``.
        slug: the condition in letters, digits and underscores, for identifiers.
    """

    attribute: str
    sql: str
    words: Mapping[str, Words]
    slug: str


def interval(
    attribute: Mapping[str, Any],
    lower: float | None,
    upper: float | None,
    *,
    includes_upper: bool = False,
    excludes_lower: bool = False,
) -> Condition:
    """A condition that an ordered attribute lies in [lower, upper), or is present at all.

    Args:
        attribute: the attribute's entry in the registry.
        lower, upper: the bounds in the attribute's unit; None leaves a side open.
        includes_upper: the upper bound belongs to the interval.
        excludes_lower: the lower bound does not belong to the interval.
    """
    name = attribute["name"]
    parts, slug = [], name
    if lower is not None:
        parts.append(f"{name} {'>' if excludes_lower else '>='} {number_sql(lower)}")
        slug += f"_from_{identifier(lower)}"
    if upper is not None:
        parts.append(f"{name} {'<=' if includes_upper else '<'} {number_sql(upper)}")
        slug += f"_to_{identifier(upper)}"
    if not parts:
        return Condition(name, f"{name} is not null", _said(attribute, "known"), f"{name}_known")
    words = {}
    for language in LANGUAGES:
        said = range_words(
            attribute,
            lower,
            upper,
            language,
            includes_upper=includes_upper,
            excludes_lower=excludes_lower,
        )
        words[language] = _value_words(attribute, said, language)
    return Condition(name, " and ".join(parts), words, slug)


def value(attribute: Mapping[str, Any], wanted: str) -> Condition:
    """A condition that a nominal attribute has one value; yes and no for booleans."""
    name = attribute["name"]
    if attribute["type"] == "boolean":
        sql = name if wanted == "yes" else f"not {name}"
    else:
        sql = f"{name} = " + "'" + wanted.replace("'", "''") + "'"
    words = {language: _value_words(attribute, wanted, language) for language in LANGUAGES}
    return Condition(name, sql, words, f"{name}_{identifier(wanted)}")


def missing(attribute: Mapping[str, Any]) -> Condition:
    """A condition that an attribute has no value."""
    name = attribute["name"]
    return Condition(name, f"{name} is null", _said(attribute, "missing"), f"{name}_missing")


def range_words(
    attribute: Mapping[str, Any],
    lower: float | None,
    upper: float | None,
    language: str,
    *,
    includes_upper: bool = False,
    excludes_lower: bool = False,
) -> str:
    """A range as people say it: 25-34, 981 thousand or more.

    In English the words of [lower, upper) are those of the macro ``band_label``.

    Args:
        attribute, lower, upper, includes_upper, excludes_lower: as in :func:`interval`; not both
            bounds are None.
        language: one that has a catalogue.
    """
    unit = attribute.get("unit")
    is_integer = attribute["type"] == "integer"
    numbers: dict[str, float] = {}
    if lower is not None:
        # Three digits can be said aloud; rule_sql has the exact threshold.
        numbers["lower"] = float(f"{lower:.3g}") if excludes_lower else lower
    if upper is not None:
        is_last = includes_upper or not (is_integer or (unit == "years" and lower is not None))
        numbers["upper"] = upper if is_last else upper - 1
    if lower is None:
        saying = "at_most" if is_integer else "under"
        if is_integer and numbers["upper"] == 0:
            saying = "one"
    elif upper is None:
        saying = "above" if excludes_lower else "or_more"
    elif includes_upper or is_integer or unit == "years":
        saying = "one" if numbers["lower"] == numbers["upper"] else "whole"
    else:
        saying = "between"
    said = {key: number_words(number, unit, language) for key, number in numbers.items()}
    return say(saying, language, **said)


def band_words(attribute: Mapping[str, Any], band: Mapping[str, Any], language: str) -> str:
    """What a band is called; in English this is its column ``band``.

    Args:
        attribute: the attribute's entry in the registry.
        band: a row of ``int_bands``.
        language: one that has a catalogue.
    """
    if band["only_value"] is not None:
        return number_words(band["only_value"], attribute.get("unit"), language)
    if band["lower_bound"] is None and band["upper_bound"] is None:
        return value_words(band["band"], language)
    return range_words(attribute, band["lower_bound"], band["upper_bound"], language)


def band_names(
    attributes: Sequence[Mapping[str, Any]], bands: Sequence[Mapping[str, Any]]
) -> pd.DataFrame:
    """What bands are called in Russian.

    Args:
        attributes: the var ``attributes``.
        bands: rows of ``int_bands``.

    Returns:
        A row per band: attribute, band_order, band_ru.
    """
    registry = {attribute["name"]: attribute for attribute in attributes}
    columns = ["attribute", "band_order", "band_ru"]
    rows = [
        (band["attribute"], band["band_order"],
         band_words(registry[band["attribute"]], band, "ru"))
        for band in bands
    ]  # fmt: skip
    types = {"attribute": str, "band_order": int, "band_ru": str}
    return pd.DataFrame(rows, columns=columns).astype(types)


def value_words(value: str, language: str) -> str:
    """A nominal value: ours in the language, the bank's own as it is."""
    return translations(language).gettext(value) if value in _OUR_VALUES else value


def number_words(number: float, unit: str | None, language: str) -> str:
    """A number as people write it: money in thousands and millions, no trailing zeros."""
    saying = ""
    if unit == "money" and abs(number) >= 1_000_000:
        saying, text = "million", f"{number / 1_000_000:.10g}"
    elif unit == "money" and abs(number) >= 10_000:
        saying, text = "thousand", f"{number / 1_000:.10g}"
    else:
        text = f"{number:.15g}"
    point = get_decimal_symbol(language)
    text = re.sub(r"(?<=\d)\.(?=\d)", point, text)
    return say(saying, language, number=text) if saying else text


def label(attribute: Mapping[str, Any], language: str) -> str:
    """What an attribute is called in a language; the English label where there is none."""
    return str(_own(attribute, language).get("label", attribute["label"]))


def own_words(attribute: Mapping[str, Any], language: str) -> Mapping[str, str]:
    """The registry's words for values of an attribute in a language."""
    words: Mapping[str, str] = _own(attribute, language).get("words", {})
    return words


def capitalised(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def _own(attribute: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """The registry's entry in a language: English stands in the entry itself."""
    own: Mapping[str, Any] = attribute if language == "en" else attribute.get(language, {})
    return own


def _value_words(attribute: Mapping[str, Any], said: str, language: str) -> Words:
    """A value or a range, in the registry's own words where it has some."""
    rule = f"{label(attribute, language)} {said}"
    own = own_words(attribute, language)
    # A value may be called like one of the words that are not about values.
    if said in own and said not in ("known", "missing", "high", "low"):
        return Words(own[said], own[said] if attribute["type"] in ("text", "boolean") else rule)
    if attribute["type"] == "boolean":
        # Yes and no are our own words.
        said = value_words(said, language)
        rule = f"{label(attribute, language)}: {said}"
    phrase = _own(attribute, language).get("phrase")
    return Words(phrase.replace("{}", said) if phrase else rule, rule)


def _said(attribute: Mapping[str, Any], saying: str) -> dict[str, Words]:
    """That a value is known or missing, in each language."""
    words = {}
    for language in LANGUAGES:
        rule = say(saying, language, label=label(attribute, language))
        words[language] = Words(own_words(attribute, language).get(saying, rule), rule)
    return words


def say(saying: str, language: str, **values: str) -> str:
    """One of the sayings, in a language."""
    return languages.say(_SAYINGS[saying], language, **values)


def number_sql(number: float) -> str:
    """A number as SQL, without exponent and to 15 digits, which is all that a value has."""
    return str(int(number)) if float(number).is_integer() else f"{Decimal(f'{number:.15g}'):f}"


def identifier(text: object) -> str:
    """A text in lower-case letters, digits and underscores."""
    if isinstance(text, int | float):
        text = number_sql(text).replace("-", "minus ")
    return re.sub(r"\W+", "_", str(text).lower()).strip("_")
