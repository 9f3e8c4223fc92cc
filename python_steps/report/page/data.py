"""The part of the page about the data itself: the slicer, and what to know of the table."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from python_steps.report import findings, phrases
from python_steps.report.figures import Figures
from python_steps.report.page.elements import Cell, Table, number_cell, percent_cell
from python_steps.report.slicer import MAX_ATTRIBUTES, MINIMUM_CELL, slices
from python_steps.report.wording import Wording

# The slicer offers so many attributes at most: all choices of four of them are counted.
MOST_SLICED = 12


def slicer_data(figures: Figures, wording: Wording) -> Mapping[str, Any] | None:
    """The counts that the slicer adds up; nothing where the published file leaves out cells."""
    if figures.cube is None:
        return None
    attributes = findings.shown_attributes(figures, MOST_SLICED)
    places = [figures.tables["attributes"].index(attribute) for attribute in attributes]
    bands = [figures.bands(attribute["attribute"]) for attribute in attributes]
    minimum = max(MINIMUM_CELL, figures.publication["minimum_cell"])
    cube = replace(figures.cube, codes=figures.cube.codes[:, places])
    minimum, cells = slices(cube, [len(named) for named in bands], minimum)
    return {
        "attributes": [
            {
                "label": wording.label(attribute),
                "bands": [wording.band(attribute, band) for band in named],
            }
            for attribute, named in zip(attributes, bands, strict=True)
        ],
        "cells": cells,
        "minimum": minimum,
        "customers": figures.overview["customers"],
        "churned": figures.overview["churned"],
        "choices": min(MAX_ATTRIBUTES, len(attributes)),
    }


def quality_table(figures: Figures, wording: Wording) -> Table:
    """The table of checks."""
    order = list(phrases.SEVERITIES)
    return Table(
        name="quality",
        caption=wording.text("What to know about the table"),
        columns=[
            (wording.text("Weight"), False),
            (wording.text("What was found"), False),
            (wording.text("Rows"), True),
            (wording.text("Share"), True),
        ],
        rows=[
            [
                Cell(
                    phrases.severity_words(row, wording),
                    order.index(row["severity"]),
                    f"severity {row['severity']}",
                ),
                Cell(phrases.check_words(row, figures, wording)),
                number_cell(row["rows_affected"], wording),
                percent_cell(row["share"], wording),
            ]
            for row in findings.quality_rows(figures)
        ],
    )
