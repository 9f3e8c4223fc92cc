"""In which encoding a text is, from its bytes."""

import codecs
from collections.abc import Iterable, Iterator

from charset_normalizer import from_bytes

# What tables come in, as the charset library calls them and as people do.
_USUAL = {
    "cp1251": "windows-1251",
    "cp1252": "windows-1252",
    "cp1250": "windows-1250",
    "cp1254": "windows-1254",
    "cp866": "cp866",
    "koi8_r": "koi8-r",
}
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
# So many bytes of lines with other letters tell the encoding.
_ENOUGH = 100_000


def marked_encoding(start: bytes) -> str:
    """UTF-16 or UTF-32 where a text begins with their mark; else empty."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), "")


def likely_encoding(pieces: Iterable[bytes]) -> str:
    """The encoding that a text which is no UTF-8 reads well in.

    Args:
        pieces: its bytes, in order.

    Returns:
        Empty where it is UTF-8; else a name, or ``?`` where none of the usual ones fits.
    """
    told = b""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = True
    for piece in pieces:
        if is_utf8:
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                is_utf8 = False
        if len(told) < _ENOUGH:
            told += b"\n".join(line for line in piece.split(b"\n") if not line.isascii())
        elif not is_utf8:
            break
    if is_utf8:
        return ""
    best = from_bytes(told, cp_isolation=list(_USUAL)).best()
    if best is None:
        return "?"
    if best.encoding == "cp1250" and not any(
        letter in "łąęřůěőűśźżńčšž"
        for letter in told.decode("cp1250", "replace").lower()
        if ord(letter) > 127 and letter not in told.decode("cp1252", "replace").lower()
    ):
        return "windows-1252"
    return _USUAL.get(best.encoding, best.encoding)


def first_pieces(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Pieces until there are so many bytes."""
    for piece in pieces:
        yield piece
        size -= len(piece)
        if size <= 0:
            return
