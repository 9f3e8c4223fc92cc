"""What people read: a page and a deck.

They are made from the published file alone. It may import every room from common to segments.
"""
