"""Conditions that people write in configuration: what they may consist of.

A condition becomes a part of larger statements. So it is parsed alone, by the engine that will run
it, and consists of columns, constants, operators and functions that compute one value from others;
nothing in it can read a file, another table, or the statement around it.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import duckdb

# What an expression may be made of, as the engine's parser calls it.
_PARTS = frozenset(
    {
        "COLUMN_REF", "CONSTANT", "COMPARISON", "CONJUNCTION", "OPERATOR", "BETWEEN", "CASE",
        "CAST", "TYPE", "COLLATE", "FUNCTION",
    }
)  # fmt: skip
# Functions of one value or a few, beside the operators.
_FUNCTIONS = frozenset(
    {
        "abs", "ceil", "ceiling", "floor", "round", "trunc", "sign", "sqrt", "ln", "log", "log10",
        "log2", "exp", "pow", "power", "mod", "greatest", "least", "isnan", "isfinite", "isinf",
        "lower", "upper", "trim", "ltrim", "rtrim", "length", "strlen", "len", "substring",
        "substr", "left", "right", "replace", "concat", "contains", "starts_with", "ends_with",
        "prefix", "suffix", "instr", "position", "strpos", "reverse", "like_escape", "ilike_escape",
        "not_like_escape", "not_ilike_escape", "regexp_matches", "regexp_full_match", "year",
        "month", "day", "quarter", "week", "dayofweek", "dayofyear", "date_part", "datepart",
        "date_diff", "datediff", "date_trunc", "date_add", "date_sub", "make_date", "strftime",
        "coalesce", "nullif", "ifnull",
    }
)  # fmt: skip


def expression_problem(condition: str) -> str:
    """Why a text is no condition of its own, or may not be one; empty where it may.

    Args:
        condition: what follows ``where``, over the columns of one table.
    """
    # As the engine serializes a query without a condition, to compare all else with.
    plain, found = _parsed("true"), _parsed(condition)
    if "error_message" in found:
        return f"it is no condition: {found['error_message'].splitlines()[0]}"
    if _rest(found) != _rest(plain):
        return "it is more than one condition"
    for part in _parts(found["where_clause"]):
        kind = part["class"]
        if kind not in _PARTS:
            return f"it may not have a {kind.lower().replace('_', ' ')}"
        if kind == "FUNCTION" and not part["is_operator"]:
            name = str(part["function_name"]).lower()
            if name not in _FUNCTIONS or part["schema"] or part["catalog"]:
                return f"it may not call {name}; it may compare columns with values"
    return ""


def _rest(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in statement.items() if key != "where_clause"}


def _parts(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Every part of an expression, itself first."""
    if isinstance(tree, Mapping):
        if "class" in tree:
            yield tree
        for value in tree.values():
            yield from _parts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _parts(value)


def _parsed(condition: str) -> Mapping[str, Any]:
    """The statement ``select * from t where <condition>``, or why there is none."""
    # A comment at the end would swallow what follows in a statement.
    query = f"select * from t where {condition}\n"
    # Of its own, as dbt's threads ask side by side.
    with _engine().cursor() as cursor:
        ((text,),) = cursor.execute("select json_serialize_sql(?)", [query]).fetchall()
    answer: Mapping[str, Any] = json.loads(text)
    if answer["error"]:
        return answer
    if len(answer["statements"]) != 1:
        return {"error_message": "it is more than one statement"}
    if "--" in condition or "/*" in condition:
        # Within quotes they are harmless, which the parser's places of the end cannot tell.
        bare = _without_texts(condition)
        if "--" in bare or "/*" in bare:
            return {"error_message": "it has a comment"}
    statement: Mapping[str, Any] = answer["statements"][0]["node"]
    return statement


def _without_texts(condition: str) -> str:
    """A condition without what stands in single or double quotes, which are balanced."""
    kept, quote = [], ""
    for letter in condition:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        else:
            kept.append(letter)
    return "".join(kept)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """A database without data, files and extensions, which only parses."""
    return duckdb.connect(config={"enable_external_access": False, "lock_configuration": True})
