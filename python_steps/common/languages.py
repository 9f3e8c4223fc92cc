"""The languages in which people read results: English, and a catalogue for each other one.

``locale/<language>.po`` is a gettext catalogue; to add a language is to add such a file. English is
written in the code.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

CATALOGUES = Path(__file__).with_name("locale")


def N_(text: str) -> str:  # noqa: N802 - the name by which catalogues find marked texts
    """Mark a text for the catalogues that is translated later."""
    return text


def languages() -> tuple[str, ...]:
    """The languages that there are, such as ``en`` and ``ru``, English first."""
    return ("en", *sorted(file.stem for file in CATALOGUES.glob("*.po")))


def say(message: str, language: str, **values: object) -> str:
    """A text in a language, with {names} filled in.

    Args:
        message: in English.
        language: one of :func:`languages`.
        values: by name.
    """
    return str(translations(language).gettext(message)).format(**values)


@cache
def translations(language: str) -> NullTranslations:
    """What translates English texts.

    Args:
        language: one of :func:`languages`.
    """
    if language == "en":
        return NullTranslations()
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
