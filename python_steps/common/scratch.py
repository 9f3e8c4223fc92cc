"""Folders for a while, which do not outlive the process by more than one other."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock, Timeout

# Held by the process whose folder it is; the system frees it, however the process ends.
_LOCK = ".churn_lock"
# In seconds; a younger folder may be one whose lock is about to be taken.
_YOUNG = 60.0


@contextmanager
def scratch(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder for its owner alone, which is removed at the end.

    Those of the same prefix whose processes were killed are removed first.

    Args:
        parent: where there is room.
        prefix: of its name.

    Raises:
        OSError: nothing can be written there.
    """
    for other in parent.glob(f"{prefix}*"):
        # Its own process may be removing it now.
        with suppress(OSError, Timeout):
            _remove_abandoned(other)
    with TemporaryDirectory(prefix=prefix, dir=parent) as folder:
        lock = FileLock(Path(folder) / _LOCK)
        with lock:
            yield Path(folder)


def _remove_abandoned(folder: Path) -> None:
    """Remove a folder that was made here and that no process holds any more.

    Raises:
        Timeout: a process holds it.
        OSError: it is gone, or cannot be looked at.
    """
    status = folder.lstat()
    is_ours = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    if folder.is_symlink() or not is_ours or not (folder / _LOCK).is_file():
        return
    if time.time() - status.st_mtime < _YOUNG:
        return
    with FileLock(folder / _LOCK, timeout=0):
        pass
    shutil.rmtree(folder, ignore_errors=True)
