"""Logistic regression with Firth's penalty, on cells of customers who agree in all bands.

The penalty, half the logarithm of the determinant of the information, takes away the bias of few
outcomes and keeps every coefficient finite, also of a band of which nobody left.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special

MOST_STEPS = 50
MOST_HALVINGS = 30
CONVERGED = 1e-10
# Of the ends of intervals.
NEAR_ENOUGH = 1e-6
# No step moves a coefficient further.
LONGEST_STEP = 2.0
# Half of the chi-square's 95th percentile, one degree of freedom.
DROP_95 = 1.9207294103470632

Floats = NDArray[np.float64]
# Of each attribute: the code of each cell, and the column of each code or -1.
Coded = Sequence[tuple[NDArray[np.int32], NDArray[np.intp]]]


@dataclass(frozen=True)
class Point:
    """The penalised likelihood at some coefficients.

    Attributes:
        likelihood: its logarithm.
        gradient: shape (size,), Firth's modified score.
        covariance: shape (size, size), the inverse of the information.
        stepping: the same of an information that counts the penalty, whose steps are no longer
            than they should be where a band has few customers.
    """

    coefficients: Floats
    likelihood: float
    gradient: Floats
    covariance: Floats
    stepping: Floats


class PenalisedLogit:
    """A regression of who left on the bands of attributes, the intercept first.

    Source: Firth (1993), "Bias reduction of maximum likelihood estimates"; Heinze and Schemper
    (2002), "A solution to the problem of separation in logistic regression".
    """

    def __init__(
        self, coded: Coded, customers: NDArray[np.int64], churned: NDArray[np.int64], size: int
    ) -> None:
        """Take the cells.

        Args:
            coded: the attributes.
            customers, churned: shape (cells,); some have left, some have not.
            size: how many columns there are, the intercept among them.
        """
        self.coded, self.customers, self.churned, self.size = coded, customers, churned, size
        # Bands without a column have one of zeros, the last.
        self._places = [np.where(columns >= 0, columns, size)[codes] for codes, columns in coded]

    def at(self, coefficients: Floats) -> Point | None:
        """The penalised likelihood at coefficients; None where the information is singular."""
        padded = np.append(coefficients, 0.0)
        total = np.full(len(self.customers), coefficients[0])
        for places in self._places:
            total += padded[places]
        chance = special.expit(total)
        weights = self.customers * chance * (1 - chance)
        information = gram_matrix(self.coded, weights, self.size)
        try:
            factor = linalg.cholesky(information, lower=True)
            covariance = linalg.cho_solve((factor, True), np.eye(self.size))
        except linalg.LinAlgError:
            return None
        likelihood = float(
            self.churned @ total
            - self.customers @ np.logaddexp(0, total)
            + np.log(np.diag(factor)).sum()
        )
        leverage = weights * self._quadratic(covariance)
        surprise = self.churned - self.customers * chance + leverage * (0.5 - chance)
        # The penalty is like so many more customers of each cell, half of whom left.
        information += gram_matrix(self.coded, leverage * chance * (1 - chance), self.size)
        factor = linalg.cholesky(information, lower=True)
        stepping = linalg.cho_solve((factor, True), np.eye(self.size))
        return Point(coefficients, likelihood, self._sums(surprise), covariance, stepping)

    def _sums(self, values: Floats) -> Floats:
        """Of all cells, and of those of each band."""
        found = np.zeros(self.size + 1)
        found[0] = values.sum()
        for codes, columns in self.coded:
            sums = np.bincount(codes, values, len(columns))
            found[np.where(columns >= 0, columns, self.size)] += sums
        return found[:-1]

    def _quadratic(self, covariance: Floats) -> Floats:
        """X' C x of each cell's row x, of which all are 0 but one per attribute."""
        padded = np.zeros((self.size + 1, self.size + 1))
        padded[:-1, :-1] = covariance
        found = np.full(len(self.customers), covariance[0, 0])
        for place, own in enumerate(self._places):
            found += (np.diag(padded) + 2 * padded[0])[own]
            for other in self._places[:place]:
                found += 2 * padded[own, other]
        return found

    def fit(self) -> Point:
        """Where the penalised likelihood is largest."""
        coefficients = np.zeros(self.size)
        rate = self.churned.sum() / self.customers.sum()
        coefficients[0] = math.log(rate / (1 - rate))
        return self._climb(coefficients, np.ones(self.size, dtype=bool), CONVERGED)

    def without(self, best: Point, column: int) -> float:
        """The largest penalised likelihood where a coefficient is 0.

        Args:
            best: where it is largest of all.
            column: the coefficient's.
        """
        shift = -best.coefficients[column] / best.covariance[column, column]
        start = best.coefficients + shift * best.covariance[:, column]
        start[column] = 0.0
        free = np.arange(self.size) != column
        return self._climb(start, free, math.sqrt(CONVERGED)).likelihood

    def _climb(self, start: Floats, free: NDArray[np.bool_], near: float) -> Point:
        """The maximum over the free coefficients, to steps as small as said."""
        point = self.at(start)
        assert point is not None, "columns that others explain have been left out"
        for _ in range(MOST_STEPS):
            step = np.zeros(self.size)
            step[free] = _solve(point.stepping, free, point.gradient)
            step *= min(1.0, LONGEST_STEP / max(np.abs(step).max(), CONVERGED))
            for _ in range(MOST_HALVINGS):
                moved = self.at(point.coefficients + step)
                # Close to the maximum, likelihoods differ by rounding only.
                if moved is not None and moved.likelihood >= point.likelihood - 1e-12 * abs(
                    point.likelihood
                ):
                    break
                step /= 2
            if moved is None:
                break
            point = moved
            if np.abs(step).max() < near:
                break
        return point

    def bound(self, best: Point, column: int, side: int) -> float:
        """An end of the 95% interval of a coefficient by the profile of the likelihood.

        Args:
            best: where the penalised likelihood is largest.
            column: the coefficient's.
            side: -1 for the lower end, 1 for the upper.

        Returns:
            The end; NaN where the search does not end.

        Source: Venzon and Moolgavkar (1988), "A method for computing profile-likelihood-based
        confidence intervals".
        """
        target = best.likelihood - DROP_95
        point, reach = best, LONGEST_STEP
        for _ in range(MOST_STEPS):
            towards = point.stepping @ point.gradient
            room = 2 * (point.likelihood - target) + point.gradient @ towards
            push = side * math.sqrt(max(0.0, room) / point.stepping[column, column])
            step = towards + push * point.stepping[:, column]
            if max(np.abs(step).max(), abs(point.likelihood - target)) < NEAR_ENOUGH:
                return float(point.coefficients[column])
            step *= min(1.0, reach / np.abs(step).max())
            moved = self.at(point.coefficients + step)
            if moved is None or moved.likelihood < target - DROP_95:
                # Too far: from there the way back is not known.
                reach = np.abs(step).max() / 2
                continue
            point, reach = moved, LONGEST_STEP
        return math.nan


def gram_matrix(coded: Coded, weights: Floats, size: int) -> Floats:
    """X' W X of the intercept and all bands: weighted counts of pairs of bands."""
    found = np.zeros((size, size))
    found[0, 0] = weights.sum()
    for place, (codes, columns) in enumerate(coded):
        alone = np.bincount(codes, weights, len(columns))
        own = columns >= 0
        found[columns[own], columns[own]] = alone[own]
        found[0, columns[own]] = found[columns[own], 0] = alone[own]
        for other_codes, other_columns in coded[:place]:
            width = len(other_columns)
            both = np.bincount(codes * width + other_codes, weights, len(columns) * width).reshape(
                len(columns), width
            )
            other = other_columns >= 0
            block = both[np.ix_(own, other)]
            found[np.ix_(columns[own], other_columns[other])] = block
            found[np.ix_(other_columns[other], columns[own])] = block.T
    return found


def variance_inflation(covariance: Floats, columns: Sequence[int]) -> float:
    """How many times larger other attributes make the joint variance of an attribute's bands.

    Args:
        covariance: of all coefficients, the intercept first.
        columns: the attribute's.

    Source: Fox and Monette (1992), "Generalized collinearity diagnostics".
    """
    slopes = covariance[1:, 1:]
    own = np.asarray(columns) - 1
    others = np.setdiff1d(np.arange(len(slopes)), own)
    if not len(own) or not len(others):
        return 1.0 if len(own) else math.nan
    deviations = np.sqrt(np.diag(slopes))
    correlations = slopes / np.outer(deviations, deviations)
    parts = (correlations[np.ix_(part, part)] for part in (own, others))
    own_part, other_part = (float(np.linalg.slogdet(part)[1]) for part in parts)
    return math.exp(own_part + other_part - float(np.linalg.slogdet(correlations)[1]))


def _solve(covariance: Floats, free: NDArray[np.bool_], gradient: Floats) -> Floats:
    """The step of the free coefficients: the inverse of their part of the information."""
    if free.all():
        return covariance @ gradient
    (fixed,) = np.flatnonzero(~free)
    ratio = covariance[free, fixed] / covariance[fixed, fixed]
    part = covariance[np.ix_(free, free)] - np.outer(ratio, covariance[fixed, free])
    return np.asarray(part @ gradient[free])
