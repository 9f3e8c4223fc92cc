"""What SQL says of a group of customers: all that a test has to know.

SQL aggregates the customers; the tests finish from a handful of numbers, so that they cost the same
for ten million customers as for ten thousand. Sums arrive as exact decimals and are combined as
fractions: nothing cancels.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from python_steps.statistics.outcome import NAN

Number = Decimal | Fraction | float


@dataclass(frozen=True)
class Moments:
    """One group's sufficient statistics for a test of means.

    Attributes:
        count: how many values are present.
        total: their exact sum, in the metric's unit.
        total_of_squares: the exact sum of their squares.
        scaled_cubes, scaled_fourths: the sums of the third and fourth powers of
            (value - centre) / scale.
        centre, scale: where the values lie and how wide they spread; any will do.
    """

    count: int
    total: Fraction
    total_of_squares: Fraction
    scaled_cubes: Fraction = Fraction(0)
    scaled_fourths: Fraction = Fraction(0)
    centre: Fraction = Fraction(0)
    scale: Fraction = Fraction(1)

    @classmethod
    def of(
        cls,
        count: int | None,
        total: Number | None,
        total_of_squares: Number | None,
        scaled_cubes: Number | None = None,
        scaled_fourths: Number | None = None,
        centre: Number | None = None,
        scale: Number | None = None,
    ) -> "Moments":
        """Moments from what SQL returns, where the sum over no rows is null."""
        return cls(
            int(count or 0),
            Fraction(total or 0),
            Fraction(total_of_squares or 0),
            Fraction(scaled_cubes or 0),
            Fraction(scaled_fourths or 0),
            Fraction(centre or 0),
            Fraction(scale or 1),
        )

    @property
    def mean(self) -> float:
        """The mean, NaN without values."""
        return float(self.total / self.count) if self.count else NAN

    @property
    def variance(self) -> float:
        """The sample variance (ddof 1), NaN with fewer than two values."""
        if self.count < 2:
            return NAN
        squared_deviations = self.total_of_squares - self.total**2 / self.count
        return float(squared_deviations / (self.count - 1))

    @property
    def central_moments(self) -> tuple[float, float]:
        """The means of the third and fourth powers of the deviations from the mean."""
        first = (self.total / self.count - self.centre) / self.scale
        spread = (self.total_of_squares - self.total**2 / self.count) / self.count
        second = spread / self.scale**2 + first**2
        third, fourth = self.scaled_cubes / self.count, self.scaled_fourths / self.count
        return (
            float((third - 3 * first * second + 2 * first**3) * self.scale**3),
            float(
                (fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4) * self.scale**4
            ),
        )


@dataclass(frozen=True)
class Ranks:
    """What two groups' values say about each other in order, in whole numbers.

    The placement of a value is the number of values of the other group below it, plus half of
    those equal to it; doubled, it is an integer.

    Attributes:
        count_a, count_b: the groups' numbers of values.
        doubled_u: the sum of the doubled placements of group a, which is twice its U.
        tie_term: the sum of t^3 - t over the groups of t equal values.
        squared_placements_a, squared_placements_b: the sums of the squared doubled placements.
        largest_gap: the largest |A(x) count_b - B(x) count_a|, where A(x) and B(x) are the numbers
            of values up to x in each group.
    """

    count_a: int
    count_b: int
    doubled_u: int = 0
    tie_term: int = 0
    squared_placements_a: int = 0
    squared_placements_b: int = 0
    largest_gap: int = 0
