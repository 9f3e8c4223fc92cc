"""The dashboard and the deck: one page and one presentation, made from the published file alone."""
