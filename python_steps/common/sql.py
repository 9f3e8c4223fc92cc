"""Names and texts as SQL: the one place where they are quoted."""


def quoted_text(value: object) -> str:
    """A text as SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def quoted_name(identifier: str) -> str:
    """The name of a table, column or file as SQL."""
    return '"' + identifier.replace('"', '""') + '"'
