"""What a published table says where no group below a minimum may be told from it.

Each mart has a rule; one without is published without rows. The rules
(docs/methods.md has them in words):

- Counts are rounded to multiples of the minimum, those that add up by their running totals; rows
  whose rounded counts are nothing are left out.
- Rates, shares, lifts and the intervals of rates are computed from the rounded counts.
- A p-value is said to be at most one of a few; other figures have the digits that the smallest
  count behind them supports, and none below twice the minimum.
- A mean is rounded to its standard error, so that one customer who holds most of a sum leaves no
  digit of it; other money is left out where one customer holds more than half.
- The smallest and the largest value, and statistics from which counts follow, are left out.
"""
