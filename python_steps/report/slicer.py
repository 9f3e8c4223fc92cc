"""Churn by up to four attributes at once, for the page's slicer: counts of cells, no customers."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from python_steps.report.figures import Cube

MAX_ATTRIBUTES = 4
# Cells of fewer customers are left out, whatever the published file holds.
MINIMUM_CELL = 10
# About so many numbers fit into a page that is still quick to open.
MAX_NUMBERS = 250_000


def slices(
    cube: Cube, band_counts: Sequence[int], minimum_cell: int = MINIMUM_CELL
) -> tuple[int, dict[str, list[int]]]:
    """Count customers and churners by the bands of every one to four attributes.

    Where that would be more than :data:`MAX_NUMBERS` numbers, the minimum is doubled until it fits.

    Args:
        cube: the churn cube.
        band_counts: shape (attributes,), how many bands each has.
        minimum_cell: cells of fewer customers are left out.

    Returns:
        The minimum that was applied, and for each choice of attributes, as places joined by
        commas, three numbers a cell: how far its number is from the one before, customers,
        churned. A cell's number is its bands' places read as digits, the last attribute's last.
    """
    choices = [
        choice
        for size in range(1, min(MAX_ATTRIBUTES, len(band_counts)) + 1)
        for choice in combinations(range(len(band_counts)), size)
    ]
    cells = {choice: _marginal(cube, band_counts, choice) for choice in choices}
    minimum = max(1, minimum_cell)
    while (
        3 * sum(int((customers >= minimum).sum()) for customers, _ in cells.values()) > MAX_NUMBERS
    ):
        minimum *= 2
    packed = {}
    for choice, (customers, churned) in cells.items():
        numbers = np.flatnonzero(customers >= minimum)
        steps = np.diff(numbers, prepend=0)
        columns = np.column_stack([steps, customers[numbers], churned[numbers]])
        packed[",".join(map(str, choice))] = columns.ravel().tolist()
    return minimum, packed


def _marginal(
    cube: Cube, band_counts: Sequence[int], choice: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Customers and churned of each combination of bands of the chosen attributes."""
    shape = [band_counts[attribute] for attribute in choice]
    numbers = np.ravel_multi_index([cube.codes[:, attribute] for attribute in choice], shape)
    size = int(np.prod(shape))
    customers = np.bincount(numbers, weights=cube.customers, minlength=size)
    churned = np.bincount(numbers, weights=cube.churned, minlength=size)
    return customers.astype(np.int64), churned.astype(np.int64)
