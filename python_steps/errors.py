"""What a user did or met that stops a command, said without a traceback."""


class ChurnError(Exception):
    """A problem that the user can solve; its message says what is wrong and what to do."""
