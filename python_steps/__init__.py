"""The mathematics of bank_churn, and the command line around it."""

__version__ = "0.1.0"
