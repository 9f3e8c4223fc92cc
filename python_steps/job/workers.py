"""Python steps in processes of their own, so that they and dbt need not wait for each other.

dbt works in threads, of which Python runs one at a time. A step that computes for a second would
hold up all models meanwhile; so would importing what it computes with.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import active_children, connection, get_context, parent_process
from threading import Thread
from typing import Any

from threadpoolctl import threadpool_limits

from python_steps.common.errors import ChurnError

WORKERS = 2
# What takes long to import.
_HEAVY = ("python_steps.clusters.assignment", "python_steps.segments.stability")

# How long the first one may take to import it, in seconds. Where memory does not suffice, libraries
# have been seen to try for ever.
_PATIENCE = 120.0
# Linux: the signal that a process gets when the one that made it ends.
_PR_SET_PDEATHSIG = 1

_pool: ProcessPoolExecutor | None = None
_started: Sequence[Future[int]] = ()


@contextmanager
def workers() -> Iterator[None]:
    """Processes that are there for ``apart`` as long as the context lasts."""
    global _pool, _started  # noqa: PLW0603 - the models that dbt imports have no other way to it
    with ProcessPoolExecutor(
        WORKERS, mp_context=get_context("spawn"), initializer=_prepare
    ) as _pool:
        # They begin with their imports while dbt does with its own.
        _started = [_pool.submit(os.getpid) for _ in range(WORKERS)]
        try:
            yield
        finally:
            if not any(one.done() for one in _started):
                _kill_workers()
            _pool.shutdown(cancel_futures=True)
            _pool = None


def apart(step: str, *args: Any, **kwargs: Any) -> Any:
    """Run a step in a process of its own, or here where there is none, as with plain dbt.

    Args:
        step: module and function, as in ``clusters.choice.choose_clusters``: dbt's process does not
            import it.
        args, kwargs: those of the function; like its result they are copied between processes.

    Returns:
        What the function returns; what it raises is raised.

    Raises:
        ChurnError: no process could be started, or one ended in the middle.
    """
    if _pool is None:
        return _run(step, *args, **kwargs)
    if not wait(_started, _PATIENCE, FIRST_COMPLETED).done:
        _kill_workers()
        raise ChurnError(
            f"No worker process was ready within {_PATIENCE:.0f} s. There may be too little "
            "memory for this process and two more; see ulimit -v."
        )
    try:
        return _pool.submit(_run, step, *args, **kwargs).result()
    except BrokenExecutor as error:
        raise ChurnError(
            "A worker process ended in the middle, perhaps for want of memory; see ulimit -v."
        ) from error


def _kill_workers() -> None:
    for process in active_children():
        process.kill()


def _run(step: str, *args: Any, **kwargs: Any) -> Any:
    module, function = step.rsplit(".", 1)
    return getattr(import_module(f"python_steps.{module}"), function)(*args, **kwargs)


def _prepare() -> None:
    # The parent answers Ctrl-C; when it is killed, nobody else would end this process. A thread
    # cannot where a library does not let go of Python, so Linux is asked to.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    Thread(target=_end_with_parent, daemon=True).start()
    for module in _HEAVY:
        import_module(module)
    # The other processes need the cores too.
    threadpool_limits(1)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
