"""What identifies a customer."""

import re
from collections.abc import Sequence

import duckdb

from python_steps.common.sql import quoted_name
from python_steps.intake.drafts.attributes import MAX_TEXTS, describe, is_id_name
from python_steps.intake.drafts.draft import Draft
from python_steps.intake.drafts.profile import Column
from python_steps.intake.drafts.words import is_personal, known_name, plain
from python_steps.intake.mapping import ROW_NUMBER

# So many rows are told apart; what repeats is rejected as such.
NEARLY_ALL = 0.99
# How a column is called that counts the customers of a group.
_COUNT_NAME = re.compile(
    r"^(count|cnt|n|customers|clients|members|subscribers|number_of_(customers|clients)|"
    r"num_customers|anzahl(_kunden)?|количество(_клиентов)?|clientes)$"
)


def choose_key(
    engine: duckdb.DuckDBPyConnection,
    everything: Sequence[Column],
    columns: Sequence[Column],
    draft: Draft,
) -> list[Column]:
    """What identifies a customer: a unique column, else an id with what tells its rows apart."""
    rest = list(columns)
    named = [column for column in columns if is_id_name(column.name) and not _has_fractions(column)]
    # A line of totals has no id.
    unique = [
        column
        for column in named
        if column.distinct == column.filled >= NEARLY_ALL * column.rows > 0
    ]
    unique += [
        column
        for column in columns
        if column.is_unique
        and column not in unique
        and not _is_amount(column)
        and not is_personal(column.name)
    ]
    if unique:
        chosen = min(
            unique,
            key=lambda column: (
                column.name != draft.identity,
                known_name(column.name) != "user_id",
            ),
        )
        _take_id(chosen, draft)
        draft.key = ["user_id"]
        rest.remove(chosen)
        return rest
    repeating = [column for column in named if column.distinct >= 0.95 * column.filled]
    repeating += [
        column
        for column in named
        if known_name(column.name) == "user_id" and column not in repeating
    ]
    if not repeating:
        draft.key = [ROW_NUMBER]
        draft.unsure.append(
            "no column identifies a customer, so each row is one (key: row_number), and customers "
            "cannot be followed from one table to the next."
        )
        counts = [
            column.name
            for column in columns
            if column.is_number and column.is_whole and _COUNT_NAME.search(plain(column.name))
        ]
        if counts:
            draft.unsure.append(
                f"whether {counts[0]} counts the customers of a group. Then this is a table of "
                "groups, and what is made of it is wrong: bring one row per customer."
            )
        return rest
    identity = min(repeating, key=lambda column: known_name(column.name) != "user_id")
    _take_id(identity, draft)
    rest.remove(identity)
    draft.key = ["user_id"]
    repeats = identity.rows - identity.distinct
    for other in rest:
        ((together,),) = engine.execute(
            f"select count(distinct ({quoted_name(identity.name)}, {quoted_name(other.name)})) "
            "from loaded"
        ).fetchall()
        if together != identity.rows:
            continue
        if other.distinct <= MAX_TEXTS and not other.is_number:
            name = describe(other, draft)
            rest.remove(other)
            if name:
                draft.key.append(name)
                draft.unsure.append(
                    f"{identity.name} repeats in {repeats} rows, but not together with "
                    f"{other.name}: are these different customers?"
                )
            return rest
    if repeats > 0:
        draft.unsure.append(
            f"{identity.name} repeats in {repeats} rows. If each row is a customer, say key: "
            f"{ROW_NUMBER}."
        )
    return rest


def _take_id(column: Column, draft: Draft) -> None:
    draft.columns = {"user_id": column.name, **draft.columns}
    if known_name(column.name) != "user_id":
        draft.unsure.append(f"whether {column.name} identifies a customer.")


def _has_fractions(column: Column) -> bool:
    return column.is_number and not column.is_whole


def _is_amount(column: Column) -> bool:
    """Numbers that are all different and yet no ids: with fractions, or with wide gaps."""
    if not column.is_number:
        return column.date_format is not None
    if not column.is_whole or column.smallest is None or column.largest is None:
        return True
    return column.largest - column.smallest > 3 * column.rows
