"""The published tables for Tableau.

It reads the published file. It may import every room from common to segments.
"""
