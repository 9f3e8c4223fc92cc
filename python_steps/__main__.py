"""Lets ``python -m python_steps`` stand for ``churn``."""

from python_steps.cli.program import program

program()
