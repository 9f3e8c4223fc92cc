"""Where customers leave, and where they stay.

The exhaustive search on the cells of the churn cube, the list that a person reads, its test on the
other half, its stability, and what to offer. It may import common, intake, statistics and
clusters.
"""
