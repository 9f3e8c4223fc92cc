"""The dashboard, one HTML page.

What it is made of, and a module for each of its parts. It may import what report may.
"""
