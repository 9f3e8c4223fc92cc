"""What a user did or met that stops a command, said without a traceback."""

import difflib
from collections.abc import Iterable


class ChurnError(Exception):
    """A problem that the user can solve; its message says what is wrong and what to do."""


def nearest(word: object, words: Iterable[object]) -> str:
    """What a misspelt word may mean, in brackets for a message; nothing where no word is near."""
    near = difflib.get_close_matches(str(word), [str(one) for one in words], n=1)
    return f" (did you mean {near[0]}?)" if near else ""
