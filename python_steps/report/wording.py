"""How texts, numbers and bands are written in a language."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import (
    format_compact_decimal,
    format_decimal,
    format_percent,
    get_decimal_symbol,
    get_group_symbol,
)

from python_steps.common.conditions import capitalised, range_words, value_words
from python_steps.common.languages import translations

Row = Mapping[str, Any]

# What stands where there is no figure.
NOTHING = "–"


class Wording:
    """Texts and numbers in one language.

    Attributes:
        language: one of ``python_steps.common.languages.languages()``.
        p_values_are_bounds: p-values are at most what the figures say.
    """

    def __init__(self, language: str, p_values_are_bounds: bool = False) -> None:
        self.language = language
        self.p_values_are_bounds = p_values_are_bounds
        self._locale = Locale.parse(language)
        self._translations = translations(language)

    def text(self, message: str, **values: Any) -> str:
        """A text in the language, with {names} filled in."""
        translated: str = self._translations.gettext(message)
        return translated.format(**values) if values else translated

    def count(self, singular: str, plural: str, number: int) -> str:
        """A text that counts something; {number} is filled in."""
        message: str = self._translations.ngettext(singular, plural, number)
        return message.format(number=self.number(number))

    def own(self, row: Row, column: str) -> str:
        """A column that the published tables have in several languages."""
        for name in (f"{column}_{self.language}", column, f"{column}_en"):
            if row.get(name):
                return str(row[name])
        return ""

    def number(self, number: float | None, digits: int = 0) -> str:
        """A number with so many digits after the point."""
        if number is None or not math.isfinite(number):
            return NOTHING
        decimals = "." + "0" * digits if digits else ""
        return str(format_decimal(number, "#,##0" + decimals, self._locale))

    def signed(self, number: float | None, digits: int = 1) -> str:
        """A number with its sign."""
        if number is None or not math.isfinite(number):
            return NOTHING
        rounded = round(number, digits)
        sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
        return sign + self.number(abs(number), digits)

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share in percent."""
        if share is None or not math.isfinite(share):
            return NOTHING
        decimals = "." + "0" * digits if digits else ""
        pattern = self._locale.percent_formats[None].pattern.replace("##0", "##0" + decimals)
        return str(format_percent(share, pattern, self._locale))

    def interval(self, low: float | None, high: float | None) -> str:
        """The 95% interval of a share."""
        if low is None or high is None:
            return NOTHING
        return self.text("{low} to {high}", low=self.percent(low), high=self.percent(high))

    def amount(self, amount: float | None) -> str:
        """Money, in thousands, millions or billions."""
        if amount is None or not math.isfinite(amount):
            return NOTHING
        # Rounded first: what is nearly a million is one, and not a thousand thousands.
        rounded = float(f"{amount:.4g}")
        return str(format_compact_decimal(rounded, locale=self._locale, fraction_digits=1))

    def size_word(self, size: float) -> str:
        """What stands after a number of thousands, millions or billions, with its blank."""
        return str(format_compact_decimal(size, locale=self._locale)).removeprefix("1")

    def p_value(self, p_value: float | None) -> str:
        """A p-value; those below a ten-thousandth are all the same to a reader."""
        if p_value is None or not math.isfinite(p_value):
            return NOTHING
        if self.p_values_are_bounds:
            return "≤ " + self.number(p_value, 3)
        if p_value < 0.0001:
            return "< " + self.number(0.0001, 4)
        return self.number(p_value, 4 if p_value < 0.001 else 3)

    def moment(self, moment: datetime) -> str:
        """A day and time, in UTC."""
        return str(format_datetime(moment, "d MMMM y, HH:mm", locale=self._locale)) + " UTC"

    def day(self, day: date) -> str:
        """A day."""
        return str(format_date(day, "d MMMM y", locale=self._locale))

    def label(self, attribute: Row) -> str:
        """What people call an attribute, with a capital letter."""
        return capitalised(self.own(attribute, "label"))

    def band(self, attribute: Row, band: Row) -> str:
        """What a band or a bin of an attribute is called.

        Args:
            attribute: a row of ``attributes``.
            band: a row of ``churn_rates`` or of ``attribute_histograms``.
        """
        if name := self.own(band, "band"):
            return name
        lower, upper = band["lower_bound"], band["upper_bound"]
        if lower is None and upper is None:
            return value_words("all values", self.language)
        registered = {"type": attribute["attribute_type"], "unit": attribute["unit"]}
        return range_words(registered, lower, upper, self.language)

    def value(self, value: str) -> str:
        """A nominal value: the bank's own as it is."""
        return value_words(value, self.language)

    def number_format(self) -> dict[str, Any]:
        """The language's numbers, for axes of charts."""
        return {
            "decimal": get_decimal_symbol(self._locale),
            "thousands": get_group_symbol(self._locale),
            "grouping": [3],
            "currency": ["", ""],
        }


def filled_columns(rows: Sequence[Sequence[str]]) -> list[int]:
    """The places of the columns in which some row says something; all where there is no row."""
    return [
        place
        for place, cells in enumerate(zip(*rows, strict=True))
        if any(cell != NOTHING for cell in cells)
    ]
