"""Names and texts as SQL: the one place where they are quoted."""


def quoted_text(value: object) -> str:
    """A text, or what is written like one, as SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def quoted_name(identifier: str) -> str:
    """The name of a schema, table or column as SQL."""
    return '"' + identifier.replace('"', '""') + '"'
