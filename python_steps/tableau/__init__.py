"""The published tables for Tableau.

It reads the published file, and may import every room below: common to segments.
"""
