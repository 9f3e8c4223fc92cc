"""Which column says who left, and in which words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from python_steps.intake.profile import Column

YES = ("1", "1.0", "true", "t", "yes", "y", "on", "да", "д", "истина")
NO = ("0", "0.0", "false", "f", "no", "n", "off", "нет", "н", "ложь")
# A column of such a name says who left, the first ones more surely; of a name of the second kind,
# who stayed.
_NAMES = (
    r"^(is|has)?_?churn(ed)?(_?(flag|label|value|status|yn|ind|indicator))?$|^отток$",
    r"churn|attrition|отток",
    r"exited|^left$|has_left|^leave|lapsed|cancel|terminat|^quit|departed|ушел|ушёл|ушли|закрыт|"
    r"расторг",
    r"clos(ed|ure)|deactivat|end_?date|exit_?date|leav(e|ing)_?date|termination|дата_(ухода|закрытия)",
    r"^(customer|client|member|account|policy|subscription|employee)?_?(status|state)$|статус",
    r"^(y|target|label|outcome|response|class)$",
)
_STAYED_NAMES = r"retain|renew|stayed|still_?here|is_?customer|persist|остал"
# Such a column says why or how surely, and not whether.
_ABOUT = (
    r"reason|score|prob|risk|categor|month|(^|_)type|(^|_)count|value$|cltv|predict|rate$|"
    r"причин|балл"
)
_LEFT = re.compile(
    r"attrit|exit|left|churn|clos|cancel|laps|terminat|quit|gone|lost|inactive|resign|ушел|ушёл|"
    r"закры|расторг|отток",
    re.IGNORECASE,
)
_STAYED = re.compile(
    r"exist|stay|retain|renew|current|\bactive|joined|\bopen|employed|\bnot |остал|действ|актив",
    re.IGNORECASE,
)
_MAX_WORDS = 12


@dataclass(frozen=True)
class Outcome:
    """The column that says who left.

    Attributes:
        column: its name.
        values: the bank's words as ``yes`` and ``no``, where they are others.
        when_set: whether anything written, such as a date, means that they left.
        questions: what nobody can know from the table.
        others: further columns that could be it.
    """

    column: str
    values: Mapping[str, str] = field(default_factory=dict)
    when_set: bool = False
    questions: Sequence[str] = ()
    others: Sequence[str] = ()


def find_outcome(columns: Sequence[Column]) -> Outcome | None:
    """Find the outcome by names and values; None where no column can be it."""
    ranked = sorted(
        (rank, place) for place, column in enumerate(columns) if (rank := _rank(column)) is not None
    )
    if not ranked:
        return None
    best = columns[ranked[0][1]]
    others = [columns[place].name for rank, place in ranked[1:] if rank < len(_NAMES)]
    questions = []
    if others:
        questions.append(
            f"whether {best.name} says who left, or {' or '.join(others)}, which "
            f"{'is' if len(others) == 1 else 'are'} kept out."
        )
    return _described(best, questions, others)


def plain(name: str) -> str:
    """A column's name in small letters, words apart by ``_``."""
    apart = re.sub(r"(?<=[a-zа-яё0-9])(?=[A-ZА-ЯЁ])", "_", name)
    return re.sub(r"[\W_]+", "_", apart.lower()).strip("_")


def _rank(column: Column) -> int | None:
    """How surely a column is the outcome, 0 most surely; None where it cannot be."""
    name = plain(column.name)
    words = {value.lower() for value in column.values}
    is_binary = column.distinct == 2 and words <= {*YES, *NO}
    is_told = 1 < column.distinct <= _MAX_WORDS and any(
        _LEFT.search(word) or _STAYED.search(word) for word in words
    )
    is_date = _is_mostly_dates(column) or (
        column.date_format is not None and column.filled < column.rows
    )
    by_name = next((rank for rank, one in enumerate(_NAMES) if re.search(one, name)), None)
    if re.search(_ABOUT, name) and by_name != 0:
        return None
    if re.search(_STAYED_NAMES, name) and (is_binary or is_told):
        return 2
    if by_name is None:
        # Words such as "Attrited Customer" tell it without a name.
        return len(_NAMES) if is_told and any(map(_LEFT.search, words)) else None
    has_one_word = column.distinct == 1 and words <= {*YES, *NO}
    fits = {
        0: column.distinct <= _MAX_WORDS or is_date,
        1: is_binary or is_told or is_date or has_one_word or column.distinct == 2,
        2: is_binary or is_told or is_date or has_one_word or column.distinct == 2,
        3: is_binary or is_told or is_date,
        4: is_told or is_date,
        5: is_binary or is_told,
    }
    return by_name if fits[by_name] else None


def _described(column: Column, questions: list[str], others: Sequence[str]) -> Outcome:
    words = [value for value in column.values if not _repeats(value, column)]
    stayed_means_yes = bool(re.search(_STAYED_NAMES, plain(column.name)))
    lowered = {word.lower() for word in words}
    if column.date_format is not None or _is_mostly_dates(column):
        return Outcome(column.name, {}, True, questions, others)
    if lowered <= {*YES, *NO}:
        values = {}
        if stayed_means_yes:
            values = {word: "no" if word.lower() in YES else "yes" for word in words}
        return Outcome(column.name, values, False, questions, others)
    values = {}
    for word in words:
        if word.lower() in YES:
            values[word] = "yes"
        elif word.lower() in NO or (_STAYED.search(word) and not _LEFT.search(word)):
            values[word] = "no"
        elif _LEFT.search(word) and not _STAYED.search(word):
            values[word] = "yes"
    unknown = [word for word in words if word not in values]
    if len(words) == 2 and len(unknown) == 1:
        (told,) = values.values()
        values[unknown[0]] = "no" if told == "yes" else "yes"
    elif len(words) == 2 and len(unknown) == 2:
        # Fewer leave than stay.
        values = {words[0]: "no", words[1]: "yes"}
        questions.append(
            f"which of {words[0]} and {words[1]} in {column.name} means that they left; "
            f"{words[1]}, the rarer, is taken."
        )
    elif unknown:
        frequent = [word for word in unknown if column.values[word] * 50 >= column.filled]
        values |= dict.fromkeys(frequent, "no")
        questions.append(
            f"what {', '.join(unknown[:5])} in {column.name} mean; "
            + (
                f"{', '.join(frequent)} are taken for staying."
                if frequent
                else "rows with them are rejected."
            )
        )
    if not questions and len(words) > 2:
        questions.append(f"what {', '.join(words[:5])} in {column.name} mean.")
    return Outcome(column.name, values, False, questions, others)


def _repeats(value: str, column: Column) -> bool:
    """Whether a value is the header line again, or a sentence that describes the column."""
    return value.lower() == column.name.lower() or (
        column.values[value] == 1 and column.rows > 20 and len(value.split()) > 2
    )


def _is_mostly_dates(column: Column) -> bool:
    """Dates beside words that say there is none, such as No."""
    dates = sum(
        count
        for value, count in column.values.items()
        if re.match(r"\d{4}-\d\d-\d\d|\d\d?\.\d\d?\.\d{4}", value)
    )
    others = [value for value in column.values if not re.match(r"\d", value)]
    return dates > 0 and all(value.lower() in NO for value in others)
