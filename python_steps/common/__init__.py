"""What every room needs.

Errors, languages, settings, progress, attributes and their conditions in words, quoting for SQL,
and DuckDB files. It imports nothing of the other rooms.
"""
