"""Whether what is seen is more than chance.

Tests from sums, detectable effects, corrections for many tests, effects within strata,
regression, the registry of hypotheses and its verdicts, and exploration: from numbers, never from
customers. It may import common and intake.
"""
