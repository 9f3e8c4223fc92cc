"""YAML, a line for each entry, whatever its texts hold."""

import json
import re
from collections.abc import Mapping
from typing import Any


def entry(words: Mapping[str, Any]) -> str:
    """A YAML mapping on one line."""

    def told(value: Any) -> str:
        if isinstance(value, Mapping):
            return entry(value)
        if isinstance(value, list):
            return f"[{', '.join(map(quoted, value))}]"
        if isinstance(value, bool):
            return str(value).lower()
        return str(value) if _is_plain(str(value)) else quoted(str(value))

    parts = [
        f"{one if _is_plain(one) else quoted(one)}: {told(value)}" for one, value in words.items()
    ]
    return "{" + ", ".join(parts) + "}"


def _is_plain(text: str) -> bool:
    """Whether YAML takes a word for itself."""
    words = ("yes", "no", "y", "n", "on", "off", "null", "true", "false")
    return bool(re.fullmatch(r"[a-z][a-z_]*", text)) and text not in words


def quoted(text: str) -> str:
    """A text between double quotes, on one line."""
    return on_one_line(json.dumps(text, ensure_ascii=False))


def on_one_line(text: str) -> str:
    """A text without what YAML takes for the end of a line or does not take, by YAML's escapes."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
