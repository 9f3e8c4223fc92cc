"""Decimal and thousands signs, and what stands around numbers: a file has one way."""

from collections.abc import Mapping, Sequence
from typing import Any

from python_steps.intake.drafts.draft import Draft
from python_steps.intake.drafts.profile import Column


def choose_number_signs(columns: Sequence[Column], draft: Draft) -> None:
    """Decimal and thousands signs and signs around numbers, by what most values need."""
    numbers = [column for column in columns if column.is_number]
    commas = sum(column.forms["comma"] + column.forms["point_thousands"] for column in numbers)
    surely = sum(
        column.forms["decimal_comma"] + column.forms["point_thousands"] for column in numbers
    )
    groups = sum(column.forms["one_group"] + column.forms["many_points"] for column in numbers)
    decimals = sum(column.forms["with_point"] - column.forms["one_group"] for column in numbers)
    mixed = sum(column.forms["comma_thousands"] - column.forms["comma"] for column in numbers)
    if commas and (surely or (draft.separator == ";" and mixed <= 0)):
        draft.csv["decimal"] = ","
        if (groups and not decimals) or any(one.forms["point_thousands"] > 0 for one in numbers):
            draft.csv["thousands"] = "."
    elif not decimals and (
        any(column.forms["many_points"] > 0 for column in numbers)
        or (groups and draft.separator == ";")
    ):
        draft.csv |= {"decimal": ",", "thousands": "."}
        draft.unsure.append(
            "whether points stand between thousands, as in 12.345; if they stand before decimals, "
            "remove decimal and thousands under csv."
        )
    elif commas or mixed > 0:
        draft.csv["thousands"] = ","
        if mixed <= 0:
            draft.unsure.append(
                "whether commas stand between thousands, as in 12,345; if they stand before "
                'decimals, write csv: {decimal: ","}.'
            )
    elif any(column.forms["apostrophes"] for column in numbers):
        is_curly = any("’" in value for column in numbers for value in column.values)
        draft.csv["thousands"] = "’" if is_curly else "'"
    lost = [column.name for column in numbers if _is_unreadable(column, draft.csv)]
    if lost:
        draft.unsure.append(
            f"how the numbers of {', '.join(lost)} are written: not as those of the others, and a "
            "file has one way (csv). Most of them are missing until the file is exported anew."
        )
    signs = "".join(sorted({sign for column in numbers for sign in column.signs}))
    units = {unit for column in numbers for unit in column.units}
    if units:
        draft.csv["signs"] = [*sorted(units, key=lambda one: (-len(one), one)), *signs]
    elif signs:
        draft.csv["signs"] = signs


def _is_unreadable(column: Column, csv: Mapping[str, Any]) -> bool:
    """Whether the settings do not fit most numbers of a column."""
    forms = column.forms
    if csv.get("decimal") == ",":
        wrong = forms["comma_thousands"] - forms["comma"] + forms["apostrophes"]
        decimals = forms["with_point"] - forms["one_group"]
        wrong += decimals if csv.get("thousands") == "." else forms["one_group"]
    else:
        wrong = forms["comma"] + forms["point_thousands"]
        if csv.get("thousands") == ",":
            wrong = forms["decimal_comma"] + forms["point_thousands"]
        wrong += forms["apostrophes"] if csv.get("thousands", "") not in ("'", "’") else 0
    return wrong * 2 > column.filled
