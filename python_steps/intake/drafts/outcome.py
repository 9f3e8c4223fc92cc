"""Which column says who left, and in which words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from python_steps.common.sql import quoted_text
from python_steps.intake.drafts.forms import FAR
from python_steps.intake.drafts.profile import Column, value_sql
from python_steps.intake.drafts.words import plain

YES = (
    "1",
    "1.0",
    "true",
    "t",
    "yes",
    "y",
    "on",
    "да",
    "д",
    "истина",
    "ja",
    "oui",
    "si",
    "sí",
    "sim",
)
NO = ("0", "0.0", "false", "f", "no", "n", "off", "нет", "н", "ложь", "nein", "non", "não", "nao")
# A column of such a name says who left, the first ones more surely.
_NAMES = (
    r"^(is|has)?_?churn(ed)?(_?(flag|label|value|status|yn|ind|indicator))?$|^отток$",
    r"churn|attrition|отток",
    r"exited|^left$|^left_|has_left|^leave|lapsed|cancel|terminat|^quit|departed|resign|^lost$|"
    r"_lost$|^inactive$|unsubscrib|desert|turnover$|disconnect|kue?ndig|abgewander|resilie|cessat|"
    r"odszed|rescis|ушел|ушёл|ушли|закрыт|расторг",
    r"clos(e|ed|ing|ure)($|_)|deactivat|end_?date|exit_?date|leav(e|ing)_?date|termination|дата_(ухода|закрытия)",
    r"^(\w+_)?(status|state)(_\w+)?$|статус|_type$",
    r"^(y|target|label|outcome|response|class)$",
)
# A column of such a name says who stayed.
_STAYED_NAMES = (
    r"^(is_|was_|has_)?(retained|renewed|stayed|stay)(_\w+)?$|retention|still_(here|active)|"
    r"is_(active_)?customer$|^persist|остал"
)
# Such a column may say so too, or how much somebody does; it is no outcome before somebody says it.
_ACTIVE_NAME = r"(^|_)a[ck]t[ií][vf]|(^|_)attiv|(^|_)ativ|актив"
# Such a column says why or how surely, and not whether.
_ABOUT = (
    r"reason|score|prob|risk|categor|month|(^|_)count|value$|cltv|predict|rate$|причин|балл|"
    r"auto_?renew|grund|frist|motiv"
)
# Numbers of such a name say when somebody left; closing balances do not.
_MEASURE_NAME = re.compile(r"(^|_)(days|date|datum|time|timestamp|at|since|дней|дата)($|_)")
_LEFT = re.compile(
    r"attrit|exit|left|churn|clos|cancel|laps|terminat|quit|gone|lost|inactive|resign|disconnect|"
    r"unsubscrib|deactivat|expired|ушел|ушёл|закры|расторг|отток|gek(ü|ue)ndigt|résili|^baja$|cessat|"
    r"abgewandert|odszed",
    re.IGNORECASE,
)
_STAYED = re.compile(
    r"exist|stay|retain|renew|current|\bactive|joined|\bopen|employed|in force|customer|остал|"
    r"действ|актив|^alta$|\baktiv|\bactivo|\battivo",
    re.IGNORECASE,
)
# What turns a word round, as in no longer active and ex-customer.
_NOT = re.compile(
    r"^(not|no longer|non|never|did not|ex|former|не|больше не|бывший)[\s-]+", re.IGNORECASE
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


def find_outcome(columns: Sequence[Column], wanted: str = "") -> Outcome | None:
    """Find the outcome by names and values; None where no column can be it.

    Args:
        columns: of the table.
        wanted: the name of the column, where somebody says it.
    """
    if wanted:
        return next((_described(one, [], []) for one in columns if one.name == wanted), None)
    ranked = sorted(
        (rank, place) for place, column in enumerate(columns) if (rank := _rank(column)) is not None
    )
    if not ranked:
        return None
    best = columns[ranked[0][1]]
    # Others that may say it, too; what merely tells it is found by its figures.
    others = [columns[place].name for rank, place in ranked[1:] if rank <= 1]
    questions = []
    if others:
        questions.append(
            f"whether {best.name} says who left, or {' or '.join(others)}, which "
            f"{'is' if len(others) == 1 else 'are'} kept out."
        )
    return _described(best, questions, others)


def _rank(column: Column) -> int | None:
    """How surely a column is the outcome, 0 most surely; None where it cannot be."""
    name = plain(column.name)
    words = {value.lower() for value in column.values}
    is_binary = column.distinct == 2 and words <= {*YES, *NO}
    meanings = {_meaning(word) for word in words}
    is_count = not is_binary and all(re.fullmatch(r"[\d.,]+", word) for word in words)
    is_told = 1 < column.distinct <= _MAX_WORDS and bool(meanings & {"yes", "no"}) and not is_count
    # Yes or 1 says what the name asks, and nothing without one.
    own_words = {_meaning(word) for word in words - {*YES, *NO}}
    is_date = _is_date_of_leaving(column)
    is_set = column.distinct == 1 and column.filled < column.rows and not words <= {*NO}
    by_name = next((rank for rank, one in enumerate(_NAMES) if re.search(one, name)), None)
    if re.search(_ABOUT, name) and by_name != 0:
        return None
    if re.search(_STAYED_NAMES, name) and (is_binary or is_told):
        return 2
    if by_name is None:
        # Words such as "Attrited Customer" tell it without a name.
        return len(_NAMES) if is_told and "yes" in own_words else None
    if by_name == 4 and is_told and {"yes", "no"} <= meanings and own_words & {"yes", "no"}:
        # A status of both words says more than any date.
        return 2
    is_measure = bool(_MEASURE_NAME.search(name)) and _is_measure_of_leaving(column)
    is_plain = is_binary or is_told or is_date or is_set or is_measure
    fits = {
        0: column.distinct <= _MAX_WORDS or is_plain,
        1: is_plain or column.distinct <= 2,
        2: is_plain or 0 < column.distinct <= 2,
        3: is_plain,
        4: is_told and bool(own_words & {"yes", "no"}),
        5: is_binary or is_told,
    }
    return by_name if fits[by_name] else None


def _meaning(word: str) -> str:
    """``yes`` where a word says that somebody left, ``no`` where they stayed, else nothing."""
    first = re.match(r"\w+(?=[,.;!])", word)
    if first and first[0].lower() in {*YES, *NO}:
        # Yes, I did.
        return "yes" if first[0].lower() in YES else "no"
    turned = _NOT.sub("", word)
    if turned != word:
        return {"yes": "no", "no": "yes"}.get(_meaning(turned), "yes")
    if word.lower() in YES:
        return "yes"
    if word.lower() in NO:
        return "no"
    is_left, is_stayed = bool(_LEFT.search(word)), bool(_STAYED.search(word))
    if is_left:
        # A cancelled customer has left.
        return "yes"
    return "no" if is_stayed else ""


def _described(column: Column, questions: list[str], others: Sequence[str]) -> Outcome:
    words = [value for value in column.values if not _repeats(value, column)]
    name = plain(column.name)
    says_left = any(re.search(one, name) for one in _NAMES[:4])
    stayed_means_yes = bool(
        re.search(_STAYED_NAMES, name) or (re.search(_ACTIVE_NAME, name) and not says_left)
    )
    lowered = {word.lower() for word in words}
    is_set = len(words) == 1 and column.filled < column.rows and not lowered <= {*NO}
    if (
        _is_date_of_leaving(column)
        or _is_measure_of_leaving(column)
        or (is_set and not stayed_means_yes)
    ):
        # Where nothing is written, by whatever word, nobody left.
        stayed = [value for value in _words_among(column) if value.lower() not in NO]
        missing = dict.fromkeys([*column.missing_words, *stayed], "")
        return Outcome(column.name, missing, True, questions, others)
    if lowered <= {*YES, *NO}:
        values = {}
        if stayed_means_yes:
            values = {word: "no" if word.lower() in YES else "yes" for word in words}
        return Outcome(column.name, values, False, questions, others)
    values = {word: meaning for word in words if (meaning := _meaning(word))}
    if len(words) == 2 and all(re.fullmatch(r"[\d.]+", word) for word in words):
        # 1 and 2 say nothing by themselves.
        values = {}
    unknown = [word for word in words if word not in values]
    if len(words) == 2 and len(unknown) == 1:
        (told,) = values.values()
        values[unknown[0]] = "no" if told == "yes" else "yes"
    elif unknown and values and "yes" in values.values():
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
    if len({*values.values()}) < 2 <= len(words):
        # Fewer leave than stay.
        values = {word: "no" for word in words[:-1]} | {words[-1]: "yes"}
        questions.append(
            f"which of {', '.join(words[:5])} in {column.name} mean that they left; "
            f"{words[-1]}, the rarest, is taken."
        )
    elif not questions and len(words) > 2:
        questions.append(f"what {', '.join(words[:5])} in {column.name} mean.")
    return Outcome(column.name, values, False, questions, others)


def _repeats(value: str, column: Column) -> bool:
    """Whether a value is the header line again, or a sentence that describes the column."""
    is_rare = column.values[value] * 50 < column.filled
    return (is_rare and value.lower() == column.name.lower()) or (
        column.values[value] == 1 and column.rows > 20 and len(value.split()) > 2
    )


def _is_date_of_leaving(column: Column) -> bool:
    """Dates that not everybody has: others have nothing, No, or a day that nobody lives to see."""
    others = _words_among(column)
    are_dates = column.date_format is not None or (
        column.dates > 0 and all(_meaning(value) == "no" for value in others)
    )
    return are_dates and column.dates - column.far_dates < column.rows and column.dates > 0


def _words_among(column: Column) -> list[str]:
    """Values that are words, among dates and numbers."""
    return [value for value in column.values if not re.match(r"\d", value)]


def _is_measure_of_leaving(column: Column) -> bool:
    """Numbers that not everybody has, as days until somebody left, or seconds since 1970."""
    nothing = column.values.get("0", 0)
    return (
        column.is_number
        and column.distinct > _MAX_WORDS
        and (column.filled < column.rows or nothing * 5 > column.rows)
    )


def left_sql(outcome: Outcome) -> str:
    """SQL over ``loaded``: whether they left, null where nobody knows."""
    text = value_sql(outcome.column)
    words = {**dict.fromkeys(YES, "yes"), **dict.fromkeys(NO, "no")}
    if outcome.when_set:
        no = ", ".join(map(quoted_text, NO))
        far = f"regexp_matches({text}, {quoted_text(FAR)})"
        return f"coalesce(lower({text}) not in ({no}) and not {far}, false)"
    said = {word: ours for word, ours in outcome.values.items() if ours in ("yes", "no")}
    cases = [f"when {text} = {quoted_text(one)} then {ours == 'yes'}" for one, ours in said.items()]
    cases += [
        f"when lower({text}) = {quoted_text(one)} then {ours == 'yes'}"
        for one, ours in words.items()
    ]
    return f"(case {' '.join(cases)} end)"
