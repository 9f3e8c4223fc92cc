"""Lets ``python -m python_steps`` stand for ``churn``."""

from python_steps.cli import program

# Processes that a build starts import this file too.
if __name__ == "__main__":
    program()
