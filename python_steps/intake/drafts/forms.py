"""How numbers and dates are written, as patterns of the engine."""

import re
from collections.abc import Iterable, Sequence

from python_steps.common.sql import quoted_text

# Signs around numbers.
SIGNS = "$€£¥₽₴₸₹%"
_WHOLE = r"[+-]?[0-9]+([.]0+)?"
POINT = r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?"
_GROUPED = r"[+-]?[0-9]{1,3}([ \x{00A0}\x{202F}][0-9]{3})+([.,][0-9]+)?"
NUMBER_FORMS = {
    "point": POINT,
    "comma": r"[+-]?[0-9]+,[0-9]+",
    "grouped": _GROUPED,
    "comma_thousands": r"[+-]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?",
    "point_thousands": r"[+-]?[0-9]{1,3}([.][0-9]{3})+,[0-9]+",
    "many_points": r"[+-]?[0-9]{1,3}([.][0-9]{3}){2,}",
    "apostrophes": r"[+-]?[0-9]{1,3}(['’][0-9]{3})+([.][0-9]+)?",
}
# Commas that can only be of decimals.
_DECIMAL_COMMA = r"[+-]?(0,[0-9]+|[0-9]+,([0-9]{1,2}|[0-9]{4,}))"
FORMS = {
    **NUMBER_FORMS,
    "decimal_comma": _DECIMAL_COMMA,
    "whole": _WHOLE,
    # Of the first form: those with a point, and those whose point may stand between thousands.
    "with_point": r"[+-]?[0-9]*[.][0-9]+",
    "one_group": r"[+-]?[1-9][0-9]{0,2}[.][0-9]{3}",
}
# Milliseconds since 1970, from 1990 to 2099: larger than any number that an attribute may have.
EPOCH = "epoch_ms"
_MONTH = "[A-Za-z]{3}"
# How dates are written, as strptime takes it.
DATE_FORMATS = {
    "": r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.]+(Z|[+-][0-9:]+)?)?",
    "%d.%m.%Y": r"[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}",
    "%d/%m/%Y": r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}",
    "%m/%d/%Y": r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}",
    "%d-%m-%Y": r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}",
    "%Y/%m/%d": r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}",
    "%Y%m%d": r"(19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])",
    "%Y-%m": r"[0-9]{4}-(0[1-9]|1[0-2])",
    "%d.%m.%y": r"[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{2}",
    "%m/%d/%y": r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{2}",
    "%d-%b-%Y": rf"[0-9]{{1,2}}-{_MONTH}-[0-9]{{4}}",
    "%d-%b-%y": rf"[0-9]{{1,2}}-{_MONTH}-[0-9]{{2}}",
    "%d %b %Y": rf"[0-9]{{1,2}} {_MONTH} [0-9]{{4}}",
    "%b %d, %Y": rf"{_MONTH} [0-9]{{1,2}}, [0-9]{{4}}",
    "%b-%Y": rf"{_MONTH}-[0-9]{{4}}",
    "%b-%y": rf"{_MONTH}-[0-9]{{2}}",
    "%b %Y": rf"{_MONTH} [0-9]{{4}}",
    "%d/%m/%Y %H:%M": r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{2}",
    "%m/%d/%Y %H:%M": r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{2}",
    "%d.%m.%Y %H:%M": r"[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4} [0-9]{1,2}:[0-9]{2}",
    EPOCH: r"[0-9]{12,13}",
}
# Years that stand for no date.
FAR = r"(^|[^0-9])(0000|0001|1900|2099|2100|2999|9999)([^0-9]|$)"

# Words before a number, as currencies are written.
_BEFORE = re.compile(r"([A-Z]{3}|R|Rs\.?|[Kk]r\.?|zł|руб\.?|р\.)\s*[+-]?\d[\d\s.,'’]*")
# Words after one. K and M are no units, 1st and 2nd no numbers.
_AFTER = re.compile(r"\(?[+-]?\d[\d\s.,'’]*?\)?\s*([^\W\d_]{1,12}\.?)")
_NO_UNITS = re.compile(r"e|k|m|mln|bn|b|t|тыс|млн|млрд|st|nd|rd|th|ый|й|я", re.IGNORECASE)
# Words for the same in another number.
_SAME = ({"год", "года", "лет"}, {"месяц", "месяца", "месяцев"}, {"день", "дня", "дней"})


def units_of(values: Iterable[str]) -> Sequence[str]:
    """The words beside the numbers of a column, as in 250 kr and 3 years, the longest first.

    Nothing where a value is neither a number nor one with such a word, or where the words are not
    the same but for their number: 2 years are not 2 months.

    Args:
        values: of a column; currency signs do not matter.
    """
    found = set()
    for value in values:
        bare = value.translate(str.maketrans("", "", SIGNS)).strip()
        if re.fullmatch(r"\(?[+-]?\d[\d\s.,'’]*\)?", bare):
            continue
        match = _BEFORE.fullmatch(bare) or _AFTER.fullmatch(bare)
        if match is None or _NO_UNITS.fullmatch(match[1].rstrip(".")):
            return ()
        found.add(match[1])
    stems = {_stem(word) for word in found}
    if len(stems) > 1 and not any(stems <= same for same in _SAME):
        return ()
    return sorted(found, key=lambda word: (-len(word), word))


def _stem(word: str) -> str:
    return re.sub(r"(?<=[a-z]{2})s$", "", word.lower().rstrip("."))


def bare_number_sql(value: str, units: Sequence[str] = ()) -> str:
    """SQL for a number's text without what stands around it, as ``written_number`` takes it.

    Args:
        value: SQL for the text.
        units: words to take away, the longest first.
    """
    bare = f"translate({value}, {quoted_text(SIGNS)}, '')"
    for unit in units:
        bare = f"replace({bare}, {quoted_text(unit)}, '')"
    # Accountants write (1.50) below zero, and mainframes 1.50-.
    return rf"regexp_replace(trim({bare}), '^\((.*)\)$|^(.*[0-9])-$', '-\1\2')"


def date_sql(value: str, date_format: str) -> str:
    """SQL for a text as a date and time, null where it is none.

    Args:
        value: SQL for the text.
        date_format: one of ``DATE_FORMATS``.
    """
    if date_format == EPOCH:
        return f"epoch_ms(try_cast({value} as bigint))"
    if date_format:
        return f"try_strptime({value}, {quoted_text(date_format)})"
    return f"try_cast({value} as timestamp)"
