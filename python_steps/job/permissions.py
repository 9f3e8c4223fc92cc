"""Who may read what is written: as before, and where nothing was, its owner alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def private() -> Iterator[None]:
    """New files and folders are for their owner alone as long as the context lasts."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def permissions(file: Path) -> os.stat_result | None:
    """Mode and owner of a file; None where there is none."""
    return file.stat() if file.exists() else None


def give(file: Path, wanted: os.stat_result) -> None:
    """Give a file the mode of another one, and its owner where that is allowed."""
    if os.name != "posix":
        return
    # Only the administrator may give a file away; the mode comes last, as giving may change it.
    with suppress(PermissionError):
        os.chown(file, wanted.st_uid, wanted.st_gid)
    file.chmod(wanted.st_mode & 0o7777)


def open_to_usual_readers(file: Path) -> None:
    """Give a file the mode that new files have by the process's own setting."""
    usual = os.umask(0)
    os.umask(usual)
    file.chmod(0o666 & ~usual)
