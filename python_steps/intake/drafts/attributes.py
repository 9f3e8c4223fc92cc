"""Columns as attributes: known ones, the bank's own, and those that are none."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from python_steps.intake.drafts.draft import Draft
from python_steps.intake.drafts.forms import FAR
from python_steps.intake.drafts.outcome import NO, YES
from python_steps.intake.drafts.profile import Column
from python_steps.intake.drafts.words import (
    find_order,
    is_personal,
    kind_of_code,
    known_name,
    label_of,
    phrases_of,
    plain,
)
from python_steps.intake.own_attributes import clash

# The macro parse_number takes numbers below it.
LARGEST_NUMBER = 1e11
# A rating up to it is one of stars or marks.
_STARS = 100
# A text of so few values names no person.
_FEW = 20
# A text with more values is no attribute.
MAX_TEXTS = 100
_GENDERS = {
    "male": ("m", "male", "man", "м", "муж", "мужской", "мужчина"),
    "female": ("f", "female", "woman", "ж", "жен", "женский", "женщина"),
}
_ID_NAME = re.compile(
    r"(^|_)(id|ids|uid|uuid|guid|no|nr|num|number|account|phone|msisdn|email|inn|snils|iban|ид|номер|"
    r"счет|счёт|телефон|инн)$"
)
# Who leaves stops being active, and says why: that may come after the decision.
_MAY_FOLLOW = re.compile(
    r"(^|_)((in)?activ\w*|last|recent|recency|logins?|visits?|trans|transactions?|contacts?|"
    r"calls?|complain\w*|complaints?|актив\w*|последн\w*|вход\w*|жалоб\w*|обращени\w*)(_|$)"
)
_NUMERIC = ("number", "integer")
_KNOWN_KINDS: Mapping[str, Sequence[str]] = {
    "age": _NUMERIC,
    "gender": ("text",),
    "city": ("text",),
    "credit_score": _NUMERIC,
    "equity_points": ("integer",),
    "balance": _NUMERIC,
    "product_count": ("integer",),
    "has_credit_card": ("boolean",),
    "is_active": ("boolean",),
    "estimated_income": _NUMERIC,
}


def describe(column: Column, draft: Draft) -> str:
    """An attribute that is known or the bank's own, or a column to keep out; returns the name."""
    kind = _kind(column)
    known = known_name(column.name)
    if known == "credit_score" and (column.largest or 0) <= _STARS:
        # Stars and marks are no credit scores.
        known = ""
    if known and known not in draft.columns and kind in _KNOWN_KINDS.get(known, ()):
        draft.columns[known] = column.name
        _describe_words(known, column, draft, kind)
        return known
    reason = _why_not(column, kind)
    if reason:
        draft.leave_out(column.name, reason)
        return ""
    name = _own_name(column, draft)
    draft.columns[name] = column.name
    label = label_of(column.name) or name.replace("_", " ")
    entry: dict[str, Any] = {"name": name, "type": kind, "label": label}
    if column.date_format is not None:
        if column.other_format:
            draft.unsure.append(
                f"whether {column.name} is written as {column.date_format} or as "
                f"{column.other_format}; the first is taken (date_format)."
            )
        label = label.removeprefix("days since ").removeprefix("since ")
        is_ahead = column.last_date > draft.last_date
        label = label.removesuffix(" date").removesuffix(" at")
        label = f"days {'past' if is_ahead else 'since'} {label}"
        entry |= {"type": "integer", "label": label, "days_before": draft.last_date}
        if column.date_format:
            entry["date_format"] = column.date_format
    if kind == "text" and (order := find_order([*column.values, *_nones(column)])):
        entry["order"] = order
    if kind == "boolean" and (words := phrases_of(label)):
        entry |= words
    if _MAY_FOLLOW.search(plain(column.name)):
        entry["may_follow"] = True
    draft.attributes.append(entry)
    _describe_words(name, column, draft, kind)
    return name


def is_id_name(name: str) -> bool:
    """Whether a column is called as numbers and ids of customers are."""
    return known_name(name) == "user_id" or bool(_ID_NAME.search(plain(name)))


def _kind(column: Column) -> str:
    words = {value.lower() for value in column.values}
    if column.distinct <= 2 and words <= {*YES, *NO}:
        return "boolean"
    if column.date_format is not None:
        return "date"
    if column.is_number and not kind_of_code(column.name):
        return "integer" if column.is_whole and column.distinct <= 200 else "number"
    return "text"


def _why_not(column: Column, kind: str) -> str:
    """Why a column is no attribute; empty where it is one."""
    code = kind_of_code(column.name)
    if is_id_name(column.name) and 2 * column.distinct > column.filled and not code:
        return f"it looks like an id: {column.distinct:,} different values"
    if is_personal(column.name) and kind == "text" and column.distinct > _FEW:
        return "it is called as names and addresses of persons are"
    if kind in ("date", "boolean", *_NUMERIC):
        is_long = kind in _NUMERIC and (column.smallest or 0) >= LARGEST_NUMBER
        return "its numbers are longer than amounts are" if is_long else ""
    if code and column.distinct > MAX_TEXTS:
        return f"it is {code}, no amount, and has {column.distinct:,} different values"
    if column.distinct > MAX_TEXTS or 2 * column.distinct > column.filled > 20:
        return f"it is text with {column.distinct:,} different values, such as names"
    return ""


def _nones(column: Column) -> list[str]:
    """Words of a column that mean missing, or that there is none, as of a group of its own."""
    return [word for word in column.missing_words if word.lower() == "none"]


def _describe_words(name: str, column: Column, draft: Draft, kind: str) -> None:
    """The bank's words for missing, and for genders."""
    words = {}
    if name == "gender":
        for value in column.values:
            for ours, theirs in _GENDERS.items():
                if value.lower() in theirs and value != ours:
                    words[value] = ours
    kept = _nones(column) if kind == "text" else []
    if kept:
        draft.unsure.append(
            f"whether {kept[0]} in {column.name} is a group or means missing; it is a group here. "
            f'Else say under values: {name}: {{{kept[0]}: ""}}.'
        )
    words |= {word: "" for word in column.missing_words if word not in kept}
    if column.date_format is not None:
        far = [value for value in column.values if re.search(FAR, value)]
        words |= dict.fromkeys(far, "")
    if words:
        draft.values[name] = words


def _own_name(column: Column, draft: Draft) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", plain(column.name)).strip("_")
    others = {*draft.columns, *_KNOWN_KINDS, "user_id", "has_churned"}
    for free in (name, f"{name}_group"):
        if re.match(r"[a-z]", free) and free not in others and not clash(free, others):
            return free
    return f"attribute_{len(draft.attributes) + 1}"
