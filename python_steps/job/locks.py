"""One process at a time works on a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from python_steps.common.errors import ChurnError


@contextmanager
def alone(file: Path, busy: str, patience: float) -> Iterator[None]:
    """Hold the file's lock, ``<file>.lock``, which the system frees when a process ends anyhow.

    Args:
        file: what to work on alone.
        busy: what to say where another process holds it.
        patience: how long to wait for it, in seconds.

    Raises:
        ChurnError: another process holds it, or the lock cannot be written.
    """
    lock = FileLock(file.with_name(file.name + ".lock"))
    try:
        lock.acquire(timeout=patience)
    except Timeout as error:
        raise ChurnError(busy) from error
    except OSError as error:
        raise ChurnError(f"{file} cannot be written: {error}") from error
    try:
        yield
    finally:
        lock.release()
