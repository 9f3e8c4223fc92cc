"""The deck, a PowerPoint file.

What slides are made of, and a module for each part of the deck. It may import what report may.
"""
